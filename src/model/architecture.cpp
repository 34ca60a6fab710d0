#include "model/architecture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "hearth/error.h"

namespace hearth {
namespace {

const std::array<const Architecture*, 11>& all_architectures() {
  static const std::array<const Architecture*, 11> all = {
      &llama_architecture(), &gpt2_architecture(),  &starcoder_architecture(), &phi2_architecture(),
      &phi3_architecture(),  &gemma_architecture(), &gemma2_architecture(),    &qwen2_architecture(),
      &qwen3_architecture(), &bert_architecture(),  &jina_v3_architecture()};
  return all;
}

using NameList = std::vector<std::string_view> Architecture::*;

const Architecture& find_by(NameList list, std::string_view name, const std::string& where) {
  std::vector<std::string_view> supported;
  for (const Architecture* architecture : all_architectures()) {
    const auto& names = architecture->*list;
    if (std::find(names.begin(), names.end(), name) != names.end()) return *architecture;
    supported.insert(supported.end(), names.begin(), names.end());
  }
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: architecture '{}' is not supported; supported: {}", where, name,
                                                   fmt::join(supported, ", ")));
}

Pooling gguf_pooling(const GgufFile& file, const std::string& architecture) {
  const std::string key = architecture + ".pooling_type";
  const auto number = file.integer(key).value_or(0);
  switch (number) {
    case 0: return Pooling::kNone;
    case 1: return Pooling::kMean;
    case 2: return Pooling::kCls;
    case 3: return Pooling::kLast;
    default: file.fail(key, fmt::format("is {}; known are 1 (mean), 2 (CLS) and 3 (last)", number));
  }
}

std::int64_t first_integer(const JsonObject& config, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto value = config.integer(key)) return *value;
  }
  config.fail(*keys.begin(), "is missing");
}

/// Where the file gives no head dimension, the heads share the width evenly.
void set_default_head_dim(TransformerSpec& spec, const std::string& where) {
  if (spec.head_dim != 0) return;
  if (spec.n_head < 1 || spec.n_embd < 1 || spec.n_embd % spec.n_head != 0) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: {} heads cannot share an embedding length of {} evenly",
                                                     where, spec.n_head, spec.n_embd));
  }
  spec.head_dim = spec.n_embd / spec.n_head;
}

}  // namespace

const Architecture& find_gguf_architecture(std::string_view name, const std::string& where) {
  return find_by(&Architecture::gguf_names, name, where);
}

const Architecture& find_config_architecture(const JsonObject& config) {
  if (const auto type = config.string("model_type")) {
    // The original jina-embeddings-v3 shares model_type with plain XLM-RoBERTa in some uploads; rotary positions tell
    // it apart.
    const bool rotary = config.string("position_embedding_type").value_or("") == "rotary";
    if (rotary && (*type == "xlm-roberta" || *type == "bert")) return jina_v3_architecture();
    return find_by(&Architecture::model_types, *type, config.what());
  }
  if (config.find("lora_adaptations") != nullptr && config.string("position_embedding_type").value_or("") == "rotary") {
    return jina_v3_architecture();
  }
  config.fail("model_type", "is missing");
}

TransformerSpec gguf_common(const GgufFile& file, const std::string& architecture, NormKind norm) {
  const auto key = [&](const char* name) { return architecture + "." + name; };
  TransformerSpec spec;
  spec.architecture = architecture;
  spec.n_layer = file.require_integer(key("block_count"));
  spec.n_embd = file.require_integer(key("embedding_length"));
  spec.n_ff = file.require_integer(key("feed_forward_length"));
  spec.n_head = file.require_integer(key("attention.head_count"));
  spec.n_head_kv = file.integer(key("attention.head_count_kv")).value_or(spec.n_head);
  spec.context_length = file.require_integer(key("context_length"));
  spec.head_dim = file.integer(key("attention.key_length")).value_or(0);
  const auto value_length = file.integer(key("attention.value_length"));
  if (value_length && spec.head_dim != 0 && *value_length != spec.head_dim) {
    file.fail(key("attention.value_length"), fmt::format("is {}, key_length is {}; different lengths are not supported",
                                                         *value_length, spec.head_dim));
  }
  set_default_head_dim(spec, file.name());
  spec.norm = norm;
  const std::string eps =
      key(norm == NormKind::kRms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon");
  spec.norm_eps = static_cast<float>(file.number(eps).value_or(1e-5));
  if (const Tensor* embedding = file.tensors().find("token_embd.weight");
      embedding != nullptr && embedding->shape.size() == 2) {
    spec.n_vocab = embedding->shape[0];
  } else if (const auto* tokens = file.strings("tokenizer.ggml.tokens")) {
    spec.n_vocab = static_cast<std::int64_t>(tokens->size());
  }
  spec.causal = file.boolean(key("attention.causal")).value_or(true);
  spec.pooling = gguf_pooling(file, architecture);
  spec.tied_output = file.tensors().find("output.weight") == nullptr;
  return spec;
}

TransformerSpec config_common(const JsonObject& config, const std::string& architecture, NormKind norm) {
  TransformerSpec spec;
  spec.architecture = architecture;
  spec.n_layer = first_integer(config, {"num_hidden_layers", "n_layer"});
  spec.n_embd = first_integer(config, {"hidden_size", "n_embd"});
  spec.n_head = first_integer(config, {"num_attention_heads", "n_head"});
  spec.n_head_kv = config.integer("num_key_value_heads").value_or(spec.n_head);
  spec.head_dim = config.integer("head_dim").value_or(0);
  spec.n_ff = config.integer("intermediate_size")
                  .value_or(config.integer("n_inner").value_or(4 * std::min(spec.n_embd, std::int64_t{1} << 32)));
  spec.context_length = first_integer(config, {"max_position_embeddings", "n_positions"});
  spec.n_vocab = first_integer(config, {"vocab_size"});
  spec.norm = norm;
  for (const std::string_view key : {"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon"}) {
    if (const auto eps = config.number(key)) spec.norm_eps = static_cast<float>(*eps);
  }
  spec.tied_output = config.boolean("tie_word_embeddings").value_or(false);
  spec.causal = config.boolean("is_causal").value_or(true);
  set_default_head_dim(spec, config.what());
  return spec;
}

void set_gpt2_family(TransformerSpec& spec) {
  spec.learned_positions = true;
  spec.gated = false;
  spec.linear_bias = true;
}

void set_encoder_family(TransformerSpec& spec) {
  spec.block = BlockKind::kPostNorm;
  spec.gated = false;
  spec.linear_bias = true;
  spec.embedding_norm = true;
  spec.token_types = true;
  spec.output_norm = false;
  spec.causal = false;
  spec.tied_output = true;
}

Activation config_activation(const JsonObject& config, std::string_view key, std::string_view otherwise) {
  const std::string name = config.string(key).value_or(std::string(otherwise));
  if (name == "silu" || name == "swish") return Activation::kSilu;
  if (name == "gelu") return Activation::kGeluErf;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast" || name == "gelu_python_tanh")
    return Activation::kGeluTanh;
  if (name == "relu") return Activation::kRelu;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} '{}' is not supported", config.what(), key, name),
              "supported: silu, gelu, gelu_new, gelu_pytorch_tanh, relu");
}

std::vector<std::int64_t> uniform_windows(std::int64_t n_layer, std::int64_t window) {
  if (n_layer < 0 || n_layer > kMaxLayers) return {};
  return std::vector<std::int64_t>(static_cast<std::size_t>(n_layer), window);
}

std::vector<std::int64_t> config_windows(const JsonObject& config, std::int64_t n_layer, std::int64_t window) {
  std::vector<std::int64_t> windows = uniform_windows(n_layer, window);
  const json::array* types = config.array("layer_types");
  if (types == nullptr || windows.empty()) return windows;
  if (static_cast<std::int64_t>(types->size()) != n_layer) {
    config.fail("layer_types", fmt::format("has {} entries for {} layers", types->size(), n_layer));
  }
  for (std::size_t i = 0; i < types->size(); ++i) {
    if ((*types)[i] == "full_attention") {
      windows[i] = 0;
    } else if ((*types)[i] != "sliding_attention") {
      config.fail("layer_types",
                  "holds a kind of attention that is not supported (known: full_attention, sliding_attention)");
    }
  }
  return windows;
}

}  // namespace hearth
