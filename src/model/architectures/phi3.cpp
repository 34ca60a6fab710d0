// Phi-3 and Phi-3.5 mini: llama with fused qkv and gate_up; LongRoPE in the 128k models.
#include "model/architecture.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

TransformerSpec from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kRms);
  spec.rope = rope_from_gguf(file, architecture, spec.head_dim, RopeKind::kHalves, spec.context_length);
  spec.window = uniform_windows(spec.n_layer, file.integer(architecture + ".attention.sliding_window").value_or(0));
  return spec;
}

TransformerSpec from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "phi3", NormKind::kRms);
  spec.rope = rope_from_config(config, spec.head_dim, spec.context_length);
  spec.activation = config_activation(config, "hidden_act", "silu");
  spec.window = config_windows(config, spec.n_layer, config.integer("sliding_window").value_or(0));
  return spec;
}

TensorNames hf_names() {
  TensorNames names = llama_tensor_names();
  names.q = names.k = names.v = "";
  names.qkv = "self_attn.qkv_proj";
  names.gate = names.up = "";
  names.gate_up = "mlp.gate_up_proj";
  return names;
}

}  // namespace

const Architecture& phi3_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"phi3"},
      .model_types = {"phi3"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .hf_tensors = hf_names(),
  };
  return architecture;
}

}  // namespace hearth
