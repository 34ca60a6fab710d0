// Llama 1 to 3.2, TinyLlama, CodeLlama, Mistral: RMSNorm, rotary positions, SwiGLU, grouped heads.
#include "model/architecture.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

TransformerSpec from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kRms);
  // GGUF files of this family keep the rows of q and k reordered so that neighbours rotate together.
  spec.rope = rope_from_gguf(file, architecture, spec.head_dim, RopeKind::kNeighbours, spec.context_length);
  spec.window = uniform_windows(spec.n_layer, file.integer(architecture + ".attention.sliding_window").value_or(0));
  return spec;
}

TransformerSpec from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "llama", NormKind::kRms);
  spec.rope = rope_from_config(config, spec.head_dim, spec.context_length);
  spec.activation = config_activation(config, "hidden_act", "silu");
  spec.window = config_windows(config, spec.n_layer, config.integer("sliding_window").value_or(0));
  return spec;
}

}  // namespace

const Architecture& llama_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"llama", "mistral"},
      .model_types = {"llama", "mistral"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .hf_tensors = llama_tensor_names(),
  };
  return architecture;
}

}  // namespace hearth
