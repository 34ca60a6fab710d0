#include "runtime/model_info.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/engine.h"
#include "model/model_metadata.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

std::vector<TensorInfo> tensor_infos(const TensorTable& tensors) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, tensor] : tensors.all()) {
    TensorInfo info{name, std::string(dtype_name(tensor.dtype)), {}, tensor.bytes()};
    for (int i = 0; i < tensor.shape.size(); ++i) info.shape.push_back(tensor.shape[i]);
    infos.push_back(std::move(info));
  }
  return infos;
}

std::uint64_t count_parameters(const TensorTable& tensors) {
  std::uint64_t parameters = 0;
  for (const auto& [name, tensor] : tensors.all()) {
    if (dtype_info(tensor.dtype).is_weight) parameters += static_cast<std::uint64_t>(tensor.elements());
  }
  return parameters;
}

/// What can be said of a file whose architecture Hearth does not run.
FileReport foreign_report(const std::string& path, const Error& error) {
  FileReport report;
  report.problem = error.message();
  ModelInfo& info = report.info;
  info.path = path;
  TensorTable tensors;
  if (const auto folder_path = hf_folder_of(path)) {
    HfFolder folder = HfFolder::open(*folder_path);
    const JsonObject config(folder.config, (*folder_path / "config.json").string());
    info.format = "safetensors";
    info.architecture = config.string("model_type").value_or("");
    info.license = hf_license(*folder_path);
    info.file_bytes = folder.file_bytes;
    report.metadata = config_metadata_text(folder);
    tensors = folder.tensors;
  } else {
    const auto file = GgufFile::open(path);
    info.format = "GGUF v" + std::to_string(file->version());
    info.architecture = file->string("general.architecture").value_or("");
    info.name = file->string("general.name").value_or("");
    info.license = file->string("general.license").value_or("");
    info.file_bytes = file->file_bytes();
    report.metadata = gguf_metadata_text(*file);
    tensors = file->tensors();
  }
  info.dtypes = dtype_shares(tensors);
  info.parameters = count_parameters(tensors);
  report.tensors = tensor_infos(tensors);
  return report;
}

}  // namespace

std::vector<DTypeShare> dtype_shares(const TensorTable& tensors) {
  std::map<DType, DTypeShare> by_dtype;
  for (const auto& [name, tensor] : tensors.all()) {
    DTypeShare& share = by_dtype[tensor.dtype];
    share.dtype = dtype_name(tensor.dtype);
    share.parameters += static_cast<std::uint64_t>(tensor.elements());
    share.bytes += tensor.bytes();
    ++share.tensors;
  }
  std::vector<DTypeShare> shares;
  shares.reserve(by_dtype.size());
  for (auto& [dtype, share] : by_dtype) shares.push_back(std::move(share));
  std::stable_sort(shares.begin(), shares.end(),
                   [](const DTypeShare& a, const DTypeShare& b) { return a.bytes > b.bytes; });
  return shares;
}

ModelInfo describe(const LoadedModel& model) {
  const TransformerSpec& spec = model.spec;
  ModelInfo info;
  info.path = model.path;
  info.format = model.format;
  info.name = model.name;
  info.architecture = spec.architecture;
  info.license = model.license;
  info.is_encoder = !spec.generates();
  info.can_embed = true;
  if (info.is_encoder) info.pooling = pooling_name(spec.pooling);
  info.causal = spec.causal;
  for (const Adapter& adapter : model.adapters) info.tasks.push_back(adapter.name);
  info.parameters = count_parameters(model.tensors);
  info.file_bytes = model.file_bytes;
  info.dtypes = dtype_shares(model.tensors);
  info.context_length = spec.context_length;
  info.n_layer = spec.n_layer;
  info.n_embd = spec.n_embd;
  info.n_head = spec.n_head;
  info.n_head_kv = spec.n_head_kv;
  info.head_dim = spec.head_dim;
  info.n_ff = spec.n_ff;
  info.n_vocab = spec.n_vocab;
  info.sliding_window = *std::max_element(spec.window.begin(), spec.window.end());
  info.tokenizer = model.tokenizer->kind();
  info.bos = model.tokenizer->bos();
  info.eos = model.tokenizer->eos();
  info.stop_tokens = model.stop_tokens;
  if (model.chat_template) info.chat_template = model.chat_template->source();
  info.chat_template_origin = model.chat_template_origin;
  return info;
}

FileReport inspect(const std::string& path) {
  try {
    const LoadedModel model = load_model(path, LoadDepth::kDescription);
    return {describe(model), tensor_infos(model.tensors), model.metadata, ""};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return foreign_report(path, error);
  }
}

MemoryNeed memory_need(const ModelInfo& info, std::int64_t context, const std::string& kv_type) {
  const auto weights = info.dtypes.empty() ? std::nullopt : dtype_from_name(info.dtypes.front().dtype);
  const DType dtype = choose_kv_type(kv_type, info.is_encoder, weights.value_or(DType::kF32));
  const std::int64_t pages = (context + kKvPageTokens - 1) / kKvPageTokens;
  MemoryNeed need;
  need.weights = info.file_bytes;
  need.kv_cache = 2 * static_cast<std::uint64_t>(info.n_layer * pages) * static_cast<std::uint64_t>(info.n_head_kv) *
                  kv_head_bytes(dtype, info.head_dim);
  // As Transformer::Scratch: a batch of prompt tokens and one row of logits.
  const std::int64_t batch = std::min(context, ModelOptions{}.prefill_chunk);
  const std::int64_t per_token =
      4 * info.n_embd + 2 * info.n_head_kv * info.head_dim + 2 * std::max(info.n_ff, info.n_head * info.head_dim);
  need.scratch = static_cast<std::uint64_t>(batch * per_token + info.n_vocab) * sizeof(float);
  return need;
}

}  // namespace hearth
