#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "format/hf_folder.h"
#include "hearth/convert.h"
#include "hub/convert/architecture_metadata.h"
#include "hub/convert/plan_tensors.h"
#include "hub/convert/tokenizer_metadata.h"
#include "hub/quantize/model_writer.h"
#include "hub/quantize/quantization.h"
#include "model/architecture.h"
#include "model/lora.h"
#include "model/model_metadata.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kQuantizationVersion = 2;  // GGML_QNT_VERSION

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// What the folder calls the model. Readers of GGUF know Phi-3's tokenizer, whose added tokens take the white space
/// behind them, by the model's name alone.
std::string model_name(const JsonObject& config, const fs::path& folder, const std::string& architecture) {
  std::string name = config.string("_name_or_path").value_or("");
  while (name.ends_with('/')) name.pop_back();
  name = fs::path(name).filename().string();
  if (name.empty()) name = fs::absolute(folder / "config.json").lexically_normal().parent_path().filename().string();
  const std::string low = lower(name);
  const bool says_phi3 = low.find("phi-3") != std::string::npos || low.find("phi3") != std::string::npos;
  return architecture == "phi3" && !says_phi3 ? "Phi-3 " + name : name;
}

void set_sampling(GgufWriter& writer, const HfFolder& folder) {
  if (!folder.generation_config.is_object()) return;
  const JsonObject config(folder.generation_config, (folder.path / "generation_config.json").string());
  const auto number = [&](const char* from, const char* to) {
    if (const auto value = config.number(from)) writer.set(to, static_cast<float>(*value));
  };
  if (!config.boolean("do_sample").value_or(true)) {
    writer.set("general.sampling.temp", 0.0F);
  } else {
    number("temperature", "general.sampling.temp");
  }
  if (const auto top_k = config.integer("top_k"); top_k && *top_k >= 0 && *top_k <= INT32_MAX)
    writer.set("general.sampling.top_k", static_cast<std::int32_t>(*top_k));
  number("top_p", "general.sampling.top_p");
  number("min_p", "general.sampling.min_p");
  number("repetition_penalty", "general.sampling.penalty_repeat");
}

TransformerSpec spec_of(const Architecture& architecture, const JsonObject& config, const fs::path& folder) {
  TransformerSpec spec = architecture.from_config(config);
  if (const auto pooling = hf_pooling(folder)) spec.pooling = *pooling;
  complete_and_check(spec, folder.string());
  return spec;
}

/// jina-embeddings-v3 keeps its task adapters beside the weights; GGUF holds the base weights.
void split_adapters(HfFolder& folder, const Architecture& architecture, const TransformerSpec& spec,
                    std::vector<std::string>& notes) {
  if (&architecture != &jina_v3_architecture()) return;
  const std::size_t n = load_adapters(folder, architecture.hf_tensors, spec).size();
  if (n > 0) notes.push_back(fmt::format("{} task adapters are left out: the file has the base weights", n));
}

GgufWriter metadata_of(const HfFolder& folder, const JsonObject& config, const TransformerSpec& spec,
                       const TensorTable& tensors, const Architecture& architecture, const Quantization& wanted,
                       std::vector<std::string>& notes) {
  GgufWriter writer(spec.architecture);
  writer.set("general.type", "model");
  writer.set("general.name", model_name(config, folder.path, spec.architecture));
  if (const std::string license = hf_license(folder.path); !license.empty()) writer.set("general.license", license);
  writer.set("general.quantization_version", kQuantizationVersion);
  writer.set("general.file_type", wanted.file_type);
  set_sampling(writer, folder);
  set_architecture_metadata(writer, spec, config);
  if (spec.token_types) {
    for (const std::string& prefix : architecture.hf_tensors.prefixes) {
      const Tensor* table = tensors.find(prefix + architecture.hf_tensors.token_type + ".weight");
      if (table == nullptr) continue;
      writer.set("tokenizer.ggml.token_type_count", static_cast<std::uint32_t>(table->shape[0]));
      break;
    }
  }
  set_tokenizer_metadata(writer, folder, spec, notes);
  return writer;
}

}  // namespace

ConvertResult convert_folder(const std::string& path, const std::string& destination, const ConvertOptions& options) {
  const Quantization& wanted = find_quantization(options.type);
  HfFolder folder = HfFolder::open(path);
  check_destination(destination, folder.weight_files, options);
  const JsonObject config(folder.config, (folder.path / "config.json").string());
  const Architecture& architecture = find_config_architecture(config);
  const TransformerSpec spec = spec_of(architecture, config, folder.path);

  std::vector<std::string> notes;
  split_adapters(folder, architecture, spec, notes);
  const std::vector<PlannedTensor> tensors = plan_tensors(folder.tensors, architecture, spec, wanted, path);
  GgufWriter writer = metadata_of(folder, config, spec, folder.tensors, architecture, wanted, notes);
  const std::string written = writer.to_bytes();  // metadata and rope tensors: all that gives the weights a meaning
  check_same_meaning(spec, written, path);
  compare_tokenizers(written, folder, notes);
  ConvertResult result = write_model(writer, tensors, path, destination, options);
  result.notes = std::move(notes);
  return result;
}

}  // namespace hearth
