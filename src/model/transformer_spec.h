// Everything in which the model families differ, as data. The one forward pass (model/transformer.h) reads it;
// architecture files fill it from metadata. It holds no weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/elementwise.h"

namespace hearth {

enum class NormKind { kRms, kLayer };

enum class BlockKind {
  kPreNorm,       ///< x += f(norm(x)): GPT-2, llama …
  kPostNorm,      ///< x = norm(x + f(x)): BERT
  kSandwichNorm,  ///< x += norm(f(norm(x))): Gemma 2
  kParallel       ///< x += attention(norm(x)) + ffn(norm(x)): Phi-2
};

enum class Pooling { kNone, kMean, kCls, kLast };
const char* pooling_name(Pooling pooling);  ///< "none", "mean", "cls", "last"

/// Rotary positions. `inv_freq` holds n_rot / 2 angles per position step with every scaling already applied.
struct RopeSpec {
  std::int64_t n_rot = 0;  ///< values of each head that rotate; 0: no rotary positions
  RopeKind kind = RopeKind::kHalves;
  float magnitude = 1.0F;  ///< of cos and sin
  std::vector<float> inv_freq;
  /// LongRoPE: beyond `original_context` tokens a sequence uses these for every position instead. Empty: one set for
  /// all.
  std::vector<float> inv_freq_long;
  std::int64_t original_context = 0;

  bool switches() const { return !inv_freq_long.empty(); }
};

struct TransformerSpec {
  std::string architecture;  ///< "llama", "gpt2" … as GGUF names it

  std::int64_t n_layer = 0, n_embd = 0, n_ff = 0, n_vocab = 0;
  std::int64_t n_head = 0, n_head_kv = 0, head_dim = 0;
  std::int64_t context_length = 0;  ///< positions the model was trained for

  BlockKind block = BlockKind::kPreNorm;
  NormKind norm = NormKind::kRms;
  float norm_eps = 1e-5F;
  bool unit_offset_norm =
      false;  ///< the file stores norm weights minus 1 (Gemma's safetensors); folded in when loading

  float embedding_scale = 1.0F;
  bool embedding_norm = false;
  bool learned_positions = false;
  std::int64_t position_offset = 0;  ///< rows of the position table before position 0 (RoBERTa: 2)
  bool token_types = false;          ///< row 0 of a table is added to every token (BERT)
  RopeSpec rope;

  float attention_scale = 0;     ///< multiplies q·k
  float attention_soft_cap = 0;  ///< 0: none
  float output_soft_cap = 0;
  bool qk_norm = false;
  bool causal = true;
  std::vector<std::int64_t> window;  ///< per layer: a token sees itself and window - 1 before it; 0: all

  Activation activation = Activation::kSilu;
  bool gated = true;

  bool output_norm = true;
  bool tied_output = false;
  bool transposed_linear = false;  ///< weights lie as [n_in, n_out] (GPT-2's Conv1D in safetensors)
  bool linear_bias = false;        ///< every linear layer must have a bias
  bool qkv_bias = false;           ///< q, k and v must have one

  Pooling pooling = Pooling::kNone;  ///< other than kNone: an embedder
  bool generates() const { return pooling == Pooling::kNone; }
};

inline constexpr std::int64_t kMaxLayers = 4096;  ///< far above any model, far below what overflows when multiplied

/// Errors: kCorruptData naming `where` and the first value that is missing, absurd or does not fit the others (heads
/// that do not divide, head_dim odd under rope …). Sets attention_scale to 1/sqrt(head_dim) and `window` to none where
/// they are unset.
void complete_and_check(TransformerSpec& spec, const std::string& where);

}  // namespace hearth
