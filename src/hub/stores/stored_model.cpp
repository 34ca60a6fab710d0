#include "hub/stores/stored_model.h"

#include <algorithm>

#include "base/json.h"
#include "format/gguf.h"
#include "hearth/error.h"
#include "hub/catalog/quantization_label.h"

namespace hearth {
namespace {

constexpr std::uint64_t kMaxConfig = 16 << 20;

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void look_into_gguf(StoredModel& model) {
  const auto file = GgufFile::open(model.path);
  model.architecture = file->string("general.architecture").value_or("");
  if (!model.quantization.empty()) return;
  const QuantizationLabel* known = quantization_of_file_type(file->integer("general.file_type").value_or(-1));
  if (known != nullptr) model.quantization = known->name;
}

void look_into_folder(StoredModel& model) {
  const std::filesystem::path path = model.path / "config.json";
  const json::value parsed = load_json(path, kMaxConfig);
  const JsonObject config(parsed, path.string());
  model.architecture = config.string("model_type").value_or("");
  const std::string dtype = config.string("torch_dtype").value_or(config.string("dtype").value_or(""));
  if (dtype == "float32") model.quantization = "F32";
  if (dtype == "float16") model.quantization = "F16";
  if (dtype == "bfloat16") model.quantization = "BF16";
  if (model.quantization.empty() && !dtype.empty()) model.quantization = upper(dtype);
}

}  // namespace

void look_into(StoredModel& model) {
  try {
    if (std::filesystem::is_directory(model.path)) {
      look_into_folder(model);
    } else {
      look_into_gguf(model);
    }
  } catch (const Error& error) {
    model.problem = error.message();
  }
}

}  // namespace hearth
