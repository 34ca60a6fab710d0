// Qwen2, Qwen2.5(-Coder) and the embedders built on them; Qwen3. Llama with biases on q, k, v, or with norms on each q
// and k head.
#include "model/architecture.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

TransformerSpec common_from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kRms);
  spec.rope = rope_from_gguf(file, architecture, spec.head_dim, RopeKind::kHalves, spec.context_length);
  return spec;
}

TransformerSpec common_from_config(const JsonObject& config, const std::string& architecture) {
  TransformerSpec spec = config_common(config, architecture, NormKind::kRms);
  spec.rope = rope_from_config(config, spec.head_dim, spec.context_length);
  spec.activation = config_activation(config, "hidden_act", "silu");
  // Layers from max_window_layers on slide, and only where use_sliding_window says so.
  if (config.boolean("use_sliding_window").value_or(false)) {
    const std::int64_t window = config.integer("sliding_window").value_or(4096);
    const std::int64_t first = config.integer("max_window_layers").value_or(28);
    spec.window = config_windows(config, spec.n_layer, window);
    if (config.array("layer_types") == nullptr) {
      for (std::size_t i = 0; i < spec.window.size() && static_cast<std::int64_t>(i) < first; ++i) spec.window[i] = 0;
    }
  }
  return spec;
}

TransformerSpec qwen2_from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = common_from_gguf(file, architecture);
  spec.qkv_bias = true;
  return spec;
}

TransformerSpec qwen2_from_config(const JsonObject& config) {
  TransformerSpec spec = common_from_config(config, "qwen2");
  spec.qkv_bias = true;
  return spec;
}

TransformerSpec qwen3_from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = common_from_gguf(file, architecture);
  spec.qk_norm = true;
  return spec;
}

TransformerSpec qwen3_from_config(const JsonObject& config) {
  TransformerSpec spec = common_from_config(config, "qwen3");
  if (!config.integer("head_dim")) spec.head_dim = 128;  // Qwen3Config's default, not width / heads
  spec.qk_norm = true;
  return spec;
}

}  // namespace

const Architecture& qwen2_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"qwen2"},
      .model_types = {"qwen2"},
      .from_gguf = qwen2_from_gguf,
      .from_config = qwen2_from_config,
      .hf_tensors = llama_tensor_names(),
  };
  return architecture;
}

const Architecture& qwen3_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"qwen3"},
      .model_types = {"qwen3"},
      .from_gguf = qwen3_from_gguf,
      .from_config = qwen3_from_config,
      .hf_tensors = llama_tensor_names(),
  };
  return architecture;
}

}  // namespace hearth
