// Phi-2 (and Phi-1.5): attention and feed-forward side by side behind one LayerNorm, partial rotary positions, biases
// everywhere.
#include "model/architecture.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

void set_family(TransformerSpec& spec) {
  spec.block = BlockKind::kParallel;
  spec.gated = false;
  spec.linear_bias = true;
}

TransformerSpec from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kLayer);
  set_family(spec);
  spec.activation = Activation::kGeluTanh;
  spec.rope = rope_from_gguf(file, architecture, 0, RopeKind::kHalves, spec.context_length);
  if (spec.rope.n_rot == 0) file.fail(architecture + ".rope.dimension_count", "is missing");
  return spec;
}

TransformerSpec from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "phi2", NormKind::kLayer);
  set_family(spec);
  spec.activation = config_activation(config, "hidden_act", "gelu_new");
  if (config.boolean("qk_layernorm").value_or(false)) config.fail("qk_layernorm", "is true, which is not supported");
  if (config.number("partial_rotary_factor") == std::nullopt && !config.object("rope_parameters")) {
    config.fail("partial_rotary_factor", "is missing");
  }
  spec.rope = rope_from_config(config, spec.head_dim, spec.context_length);
  return spec;
}

TensorNames hf_names() {
  TensorNames names = llama_tensor_names();
  names.output_norm = "final_layernorm";
  names.attention_output = "self_attn.dense";
  names.ffn_norm = "";
  names.gate = "";
  names.up = "mlp.fc1";
  names.down = "mlp.fc2";
  return names;
}

}  // namespace

const Architecture& phi2_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"phi2"},
      .model_types = {"phi"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .hf_tensors = hf_names(),
  };
  return architecture;
}

}  // namespace hearth
