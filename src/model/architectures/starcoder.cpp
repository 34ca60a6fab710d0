// StarCoderBase and SantaCoder (gpt_bigcode): GPT-2 with one shared key and value head.
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
  TransformerSpec spec = config_common(config, "starcoder", NormKind::kLayer);
  set_gpt2_family(spec);
  if (!config.boolean("multi_query").value_or(true)) {
    config.fail("multi_query", "is false; only the multi-query form of gpt_bigcode is supported");
  }
  spec.n_head_kv = 1;
  spec.activation = config_activation(config, "activation_function", "gelu_pytorch_tanh");
  spec.tied_output = config.boolean("tie_word_embeddings").value_or(true);
  return spec;
}

}  // namespace

const Architecture& starcoder_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"starcoder"},
      .model_types = {"gpt_bigcode"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .hf_tensors = gpt2_tensor_names(),
  };
  return architecture;
}

}  // namespace hearth
