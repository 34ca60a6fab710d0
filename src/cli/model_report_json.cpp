#include "cli/json_text.h"
#include "cli/model_report.h"

namespace hearth::cli {
namespace {

json::value id_or_null(const std::optional<TokenId>& id) { return id ? json::value(*id) : json::value(nullptr); }

template <typename T>
json::array numbers(const std::vector<T>& values) {
  json::array array;
  for (const T value : values) array.push_back(value);
  return array;
}

}  // namespace

json::object model_json(const ModelInfo& info) {
  json::array dtypes, tasks;
  for (const DTypeShare& share : info.dtypes) {
    dtypes.push_back({{"dtype", json_string(share.dtype)},
                      {"parameters", share.parameters},
                      {"bytes", share.bytes},
                      {"tensors", share.tensors}});
  }
  for (const std::string& task : info.tasks) tasks.push_back(json_string(task));
  return {
      {"path", json_string(info.path)},
      {"format", json_string(info.format)},
      {"name", json_string(info.name)},
      {"architecture", json_string(info.architecture)},
      {"license", json_string(info.license)},
      {"is_encoder", info.is_encoder},
      {"can_embed", info.can_embed},
      {"pooling", json_string(info.pooling)},
      {"causal", info.causal},
      {"tasks", std::move(tasks)},
      {"parameters", info.parameters},
      {"file_bytes", info.file_bytes},
      {"dtypes", std::move(dtypes)},
      {"context_length", info.context_length},
      {"n_layer", info.n_layer},
      {"n_embd", info.n_embd},
      {"n_head", info.n_head},
      {"n_head_kv", info.n_head_kv},
      {"head_dim", info.head_dim},
      {"n_ff", info.n_ff},
      {"n_vocab", info.n_vocab},
      {"sliding_window", info.sliding_window},
      {"tokenizer", json_string(info.tokenizer)},
      {"bos", id_or_null(info.bos)},
      {"eos", id_or_null(info.eos)},
      {"stop_tokens", numbers(info.stop_tokens)},
      {"chat_template", json_string(info.chat_template)},
      {"chat_template_origin", json_string(info.chat_template_origin)},
  };
}

json::object memory_json(const MemoryNeed& need, std::int64_t context) {
  return {{"context", context},
          {"weights", need.weights},
          {"kv_cache", need.kv_cache},
          {"scratch", need.scratch},
          {"total", need.total()}};
}

json::array tensors_json(const std::vector<TensorInfo>& tensors) {
  json::array array;
  for (const TensorInfo& tensor : tensors) {
    array.push_back({{"name", json_string(tensor.name)},
                     {"dtype", json_string(tensor.dtype)},
                     {"shape", numbers(tensor.shape)},
                     {"bytes", tensor.bytes}});
  }
  return array;
}

json::object metadata_json(const FileReport& report) {
  json::object object;
  for (const auto& [key, value] : report.metadata) object[json_string(key)] = json_string(value);
  return object;
}

}  // namespace hearth::cli
