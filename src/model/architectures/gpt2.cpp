// GPT-2: learned positions, LayerNorm, tanh GELU, fused qkv; in safetensors the linear weights lie transposed (Conv1D).
#include "model/architecture.h"

namespace hearth {
namespace {

TransformerSpec from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kLayer);
  set_gpt2_family(spec);
  spec.activation = Activation::kGeluTanh;
  return spec;
}

TransformerSpec from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "gpt2", NormKind::kLayer);
  set_gpt2_family(spec);
  spec.activation = config_activation(config, "activation_function", "gelu_new");
  spec.tied_output = config.boolean("tie_word_embeddings").value_or(true);
  spec.transposed_linear = true;
  return spec;
}

}  // namespace

const Architecture& gpt2_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"gpt2"},
      .model_types = {"gpt2"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .hf_tensors = gpt2_tensor_names(),
  };
  return architecture;
}

}  // namespace hearth
