// BERT, RoBERTa and XLM-RoBERTa encoders (MiniLM, bge, gte, e5): post-norm, learned positions, both directions.
#include "model/architecture.h"

namespace hearth {
namespace {

TransformerSpec from_gguf(const GgufFile& file, const std::string& architecture) {
  TransformerSpec spec = gguf_common(file, architecture, NormKind::kLayer);
  set_encoder_family(spec);
  spec.learned_positions = true;
  spec.activation = Activation::kGeluErf;
  if (spec.pooling == Pooling::kNone) spec.pooling = Pooling::kMean;
  return spec;
}

TransformerSpec from_config(const JsonObject& config) {
  TransformerSpec spec = config_common(config, "bert", NormKind::kLayer);
  set_encoder_family(spec);
  spec.learned_positions = true;
  spec.activation = config_activation(config, "hidden_act", "gelu");
  const std::string positions = config.string("position_embedding_type").value_or("absolute");
  if (positions != "absolute")
    config.fail("position_embedding_type", "is '" + positions + "'; only absolute is supported");
  if (config.string("model_type").value_or("") != "bert") {
    // RoBERTa counts positions from pad_token_id + 1 and keeps the rows before it.
    spec.position_offset = config.integer("pad_token_id").value_or(1) + 1;
    if (spec.position_offset < 0 || spec.position_offset >= spec.context_length)
      config.fail("pad_token_id", "leaves no positions");
    spec.context_length -= spec.position_offset;
  }
  spec.pooling = Pooling::kMean;  // unless 1_Pooling says otherwise
  return spec;
}

TensorNames hf_names() {
  return {
      .prefixes = {"", "bert.", "roberta."},
      .token_embedding = "embeddings.word_embeddings",
      .position_embedding = "embeddings.position_embeddings",
      .token_type = "embeddings.token_type_embeddings",
      .embedding_norm = "embeddings.LayerNorm",
      .layer = "encoder.layer.{}.",
      .attention_post_norm = "attention.output.LayerNorm",
      .q = "attention.self.query",
      .k = "attention.self.key",
      .v = "attention.self.value",
      .attention_output = "attention.output.dense",
      .ffn_post_norm = "output.LayerNorm",
      .up = "intermediate.dense",
      .down = "output.dense",
      .ignored = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias", "cls.predictions.bias",
                  "cls.predictions.decoder.weight", "cls.predictions.decoder.bias",
                  "cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
                  "cls.predictions.transform.LayerNorm.weight", "cls.predictions.transform.LayerNorm.bias",
                  "cls.seq_relationship.weight", "cls.seq_relationship.bias", "lm_head.bias", "lm_head.dense.weight",
                  "lm_head.dense.bias", "lm_head.layer_norm.weight", "lm_head.layer_norm.bias",
                  "lm_head.decoder.weight", "lm_head.decoder.bias"},
  };
}

}  // namespace

const Architecture& bert_architecture() {
  static const Architecture architecture = {
      .gguf_names = {"bert"},
      .model_types = {"bert", "roberta", "xlm-roberta"},
      .from_gguf = from_gguf,
      .from_config = from_config,
      .gguf_tensors = gguf_encoder_tensor_names(),
      .hf_tensors = hf_names(),
  };
  return architecture;
}

}  // namespace hearth
