// jina-embeddings-v3: XLM-RoBERTa with rotary positions and task adapters (model/lora.h). Two layouts: the original
// upload's, whose weights stand under "parametrizations", and transformers' own.
#include "model/architecture.h"
#include "model/rope_frequencies.h"

namespace hearth {
namespace {

TransformerSpec from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kLayer);
  set_encoder_family(spec);
  spec.activation = Activation::kGeluErf;
  spec.rope = rope_from_gguf(file, architecture, spec.head_dim, RopeKind::kHalves, spec.context_length);
  if (spec.pooling == Pooling::kNone) spec.pooling = Pooling::kMean;
  return spec;
}

TransformerSpec from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "jina-bert-v3", NormKind::kLayer);
  set_encoder_family(spec);
  spec.activation = config_activation(config, "hidden_act", "gelu");
  if (const auto base = config.number("rotary_emb_base")) {
    spec.rope = make_rope(spec.head_dim, *base, RopeKind::kHalves, {}, spec.context_length, config.what());
  } else {
    spec.rope = rope_from_config(config, spec.head_dim, spec.context_length);
  }
  spec.pooling = Pooling::kMean;
  return spec;
}

TensorNames hf_names() {
  return {
      .prefixes = {"", "roberta."},
      .token_embedding = "embeddings.word_embeddings",
      .token_type = "embeddings.token_type_embeddings",
      .embedding_norm = "emb_ln",
      .layer = "encoder.layers.{}.",
      .attention_post_norm = "norm1",
      .qkv = "mixer.Wqkv",
      .attention_output = "mixer.out_proj",
      .ffn_post_norm = "norm2",
      .up = "mlp.fc1",
      .down = "mlp.fc2",
      .ignored = {"pooler.dense.weight", "pooler.dense.bias"},
  };
}

}  // namespace

const Architecture& jina_v3_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"jina-bert-v3"},
      .model_types = {"jina_embeddings_v3"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .gguf_tensors = gguf_encoder_tensor_names(),
      .hf_tensors = hf_names(),
  };
  return architecture;
}

}  // namespace hearth
