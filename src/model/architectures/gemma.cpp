// Gemma and Gemma 2: scaled embeddings, RMSNorm weights stored minus 1 in safetensors, GELU gate; the second adds norms
// behind each part, soft caps and a window on every other layer.
#include <cmath>

#include "model/architecture.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

void set_family(TransformerSpec& spec) {
  spec.activation = Activation::kGeluTanh;
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.n_embd));
}

std::vector<std::int64_t> every_other_layer(std::int64_t n_layer, std::int64_t window) {
  std::vector<std::int64_t> windows = uniform_windows(n_layer, window);
  for (std::size_t i = 1; i < windows.size(); i += 2) windows[i] = 0;
  return windows;
}

TransformerSpec gemma_from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kRms);
  set_family(spec);
  spec.rope = rope_from_gguf(file, architecture, spec.head_dim, RopeKind::kHalves, spec.context_length);
  return spec;
}

TransformerSpec gemma_from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "gemma", NormKind::kRms);
  set_family(spec);  // config.json says "gelu" in early uploads; the models were trained with the tanh form
  spec.unit_offset_norm = true;
  spec.tied_output = config.boolean("tie_word_embeddings").value_or(true);
  spec.rope = rope_from_config(config, spec.head_dim, spec.context_length);
  return spec;
}

TransformerSpec gemma2_from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gemma_from_gguf(file, architecture);
  spec.block = BlockKind::kSandwichNorm;
  spec.attention_soft_cap = static_cast<float>(file.number(architecture + ".attn_logit_softcapping").value_or(50.0));
  spec.output_soft_cap = static_cast<float>(file.number(architecture + ".final_logit_softcapping").value_or(30.0));
  spec.window =
      every_other_layer(spec.n_layer, file.integer(architecture + ".attention.sliding_window").value_or(4096));
  // No key says it: the 27B model alone (46 layers) scales by width / heads instead of the head dimension.
  if (spec.n_layer == 46 && spec.n_head > 0) {
    spec.attention_scale = 1.0F / std::sqrt(static_cast<float>(spec.n_embd) / static_cast<float>(spec.n_head));
  }
  return spec;
}

TransformerSpec gemma2_from_config(const JsonObject& config) {
  TransformerSpec spec = gemma_from_config(config);
  spec.architecture = "gemma2";
  spec.block = BlockKind::kSandwichNorm;
  // An explicit null switches a cap off; a missing key means the published models' value.
  const auto cap = [&](const char* key, double otherwise) {
    return config.raw().contains(key) ? config.number(key).value_or(0.0) : otherwise;
  };
  spec.attention_soft_cap = static_cast<float>(cap("attn_logit_softcapping", 50.0));
  spec.output_soft_cap = static_cast<float>(cap("final_logit_softcapping", 30.0));
  const std::int64_t window = config.integer("sliding_window").value_or(4096);
  spec.window = config.array("layer_types") != nullptr ? config_windows(config, spec.n_layer, window)
                                                       : every_other_layer(spec.n_layer, window);
  if (const auto scalar = config.number("query_pre_attn_scalar")) {
    if (!(*scalar > 0)) config.fail("query_pre_attn_scalar", "must be positive");
    spec.attention_scale = 1.0F / std::sqrt(static_cast<float>(*scalar));
  }
  return spec;
}

TensorNames gemma2_hf_names() {
  TensorNames names = llama_tensor_names();
  names.attention_post_norm = "post_attention_layernorm";
  names.ffn_norm = "pre_feedforward_layernorm";
  names.ffn_post_norm = "post_feedforward_layernorm";
  return names;
}

}  // namespace

const Architecture& gemma_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"gemma"},
      .model_types = {"gemma"},
      .from_gguf = gemma_from_gguf,
      .from_config = gemma_from_config,
      .hf_tensors = llama_tensor_names(),
  };
  return architecture;
}

const Architecture& gemma2_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"gemma2"},
      .model_types = {"gemma2"},
      .from_gguf = gemma2_from_gguf,
      .from_config = gemma2_from_config,
      .hf_tensors = gemma2_hf_names(),
  };
  return architecture;
}

}  // namespace hearth
