// The weights of one model under the names that the forward pass uses. Views of mapped files wherever the file's layout
// serves; norms and biases are small and always owned F32.
#pragma once

#include <string>
#include <vector>

#include "kernels/packed_matrix.h"
#include "tensor/tensor.h"

namespace hearth {

struct Norm {
  Tensor weight;  ///< [n] F32
  Tensor bias;    ///< [n] F32, LayerNorm only
};

struct Linear {
  Tensor weight;        ///< [n_out, n_in]
  Tensor bias;          ///< [n_out] F32, or none
  PackedMatrix packed;  ///< the same weights for the fast kernels, or none
};

struct LayerWeights {
  Norm attention_norm;       ///< before attention (pre, sandwich, parallel)
  Norm attention_post_norm;  ///< after it: sandwich; post: after the residual
  Linear q, k, v;            ///< [n_head · head_dim, n_embd], [n_head_kv · head_dim, n_embd] twice
  Norm q_norm, k_norm;       ///< [head_dim]
  Linear output;             ///< [n_embd, n_head · head_dim]
  Norm ffn_norm;
  Norm ffn_post_norm;
  Linear gate;  ///< [n_ff, n_embd], gated only
  Linear up;    ///< [n_ff, n_embd]
  Linear down;  ///< [n_embd, n_ff]
};

struct Weights {
  Tensor token_embedding;     ///< [n_vocab, n_embd]
  Tensor position_embedding;  ///< [≥ context_length, n_embd], learned positions only
  Tensor token_type;          ///< [n_embd] F32: the row that every token gets
  Norm embedding_norm;
  std::vector<LayerWeights> layers;
  Norm output_norm;
  Linear output;  ///< [n_vocab, n_embd]; the embedding where tied; none in an embedder without one
};

}  // namespace hearth
