#include "model/tensor_names.h"

namespace hearth {

const TensorNames& gguf_tensor_names() {
  static const TensorNames names = {
      .token_embedding = "token_embd",
      .position_embedding = "position_embd",
      .token_type = "token_types",
      .embedding_norm = "token_embd_norm",
      .output_norm = "output_norm",
      .output = "output",
      .layer = "blk.{}.",
      .attention_norm = "attn_norm",
      .attention_post_norm = "post_attention_norm",
      .q = "attn_q",
      .k = "attn_k",
      .v = "attn_v",
      .qkv = "attn_qkv",
      .q_norm = "attn_q_norm",
      .k_norm = "attn_k_norm",
      .attention_output = "attn_output",
      .ffn_norm = "ffn_norm",
      .ffn_post_norm = "post_ffw_norm",
      .gate = "ffn_gate",
      .up = "ffn_up",
      .down = "ffn_down",
      .gate_up = "ffn_up",
      .ignored = {"rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight", ".attn_rot_embd.weight",
                  ".rope_freqs.weight"},
  };
  return names;
}

const TensorNames& gguf_encoder_tensor_names() {
  static const TensorNames names = [] {
    TensorNames encoder = gguf_tensor_names();
    encoder.attention_post_norm = "attn_output_norm";
    encoder.ffn_post_norm = "layer_output_norm";
    encoder.output = "";
    return encoder;
  }();
  return names;
}

const TensorNames& llama_tensor_names() {
  static const TensorNames names = {
      .prefixes = {"model.", ""},
      .token_embedding = "embed_tokens",
      .output_norm = "norm",
      .output = "lm_head",
      .layer = "layers.{}.",
      .attention_norm = "input_layernorm",
      .q = "self_attn.q_proj",
      .k = "self_attn.k_proj",
      .v = "self_attn.v_proj",
      .q_norm = "self_attn.q_norm",
      .k_norm = "self_attn.k_norm",
      .attention_output = "self_attn.o_proj",
      .ffn_norm = "post_attention_layernorm",
      .gate = "mlp.gate_proj",
      .up = "mlp.up_proj",
      .down = "mlp.down_proj",
      .ignored = {".rotary_emb.inv_freq"},
  };
  return names;
}

const TensorNames& gpt2_tensor_names() {
  static const TensorNames names = {
      .prefixes = {"transformer.", ""},
      .token_embedding = "wte",
      .position_embedding = "wpe",
      .output_norm = "ln_f",
      .output = "lm_head",
      .layer = "h.{}.",
      .attention_norm = "ln_1",
      .qkv = "attn.c_attn",
      .attention_output = "attn.c_proj",
      .ffn_norm = "ln_2",
      .up = "mlp.c_fc",
      .down = "mlp.c_proj",
      .ignored = {".attn.bias", ".attn.masked_bias"},
  };
  return names;
}

}  // namespace hearth
