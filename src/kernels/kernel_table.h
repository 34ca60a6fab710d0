// The functions that do the arithmetic, one table for each CPU level. The operations (matmul.h, attention.h,
// elementwise.h) share work among threads and call these on their parts; nothing else does. No function here allocates
// or throws.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace hearth {

inline constexpr int kWeightDTypeCount =
    static_cast<int>(DType::kIQ4_XS) + 1;  ///< the weight dtypes come first in DType

enum class RopeKind {
  kHalves,     ///< pairs (i, i + n_rot/2): Hugging Face's and GPT-NeoX's layout
  kNeighbours  ///< pairs (2i, 2i + 1): llama GGUF files
};

enum class Activation { kSilu, kGeluTanh, kGeluErf, kRelu };

/// The order of the groups of a row of rounded activations (see QuantizedRow).
enum class GroupOrder {
  kNatural,   ///< as in the row
  kLaneMajor  ///< group g of chunk c (256 values) at g · n_chunks + c: what a panel kernel reads front to back
};

/// A row of activations rounded to 8 bits: x[i] ≈ scale[i / group] · q[i], |q| <= 127, with a group of 16 or 32 values.
/// Rows are padded with zeros to chunks of 256 values. In memory: q, then scale, sum (of q) and scaled_sum (scale ·
/// sum), a value for each group. A group that holds something not finite has scale NaN and q zero, so that every result
/// that it enters is NaN.
struct QuantizedRow {
  const std::int8_t* q;
  const float* scale;
  const std::int32_t* sum;
  const float* scaled_sum;
};

inline constexpr std::int64_t kChunk = 256;
inline constexpr std::int64_t chunks(std::int64_t n) { return (n + kChunk - 1) / kChunk; }
/// A multiple of 64, for groups of 16 and 32 alike.
inline constexpr std::size_t quantized_row_bytes(std::int64_t n, int group) {
  return static_cast<std::size_t>((chunks(n) * (kChunk + 12 * (kChunk / group)) + 63) / 64 * 64);
}

/// Activations in two BF16 parts: rows are padded to whole steps of 32 numbers, tokens to whole tiles of 16. First come
/// the high parts of all tokens, then the low ones.
inline constexpr std::int64_t kSplitStep = 32;
inline constexpr std::int64_t kSplitTokens = 16;
inline constexpr std::size_t split_row_bytes(std::int64_t n) {
  return static_cast<std::size_t>((n + kSplitStep - 1) / kSplitStep * kSplitStep) * 2;
}
inline constexpr std::int64_t padded_tokens(std::int64_t n) {
  return (n + kSplitTokens - 1) / kSplitTokens * kSplitTokens;
}
inline constexpr std::int64_t kSplitBlock = 32;  ///< rows of weights that meet the tokens together: a part's multiple

/// Rows of a weight matrix and the activations that they meet.
struct MatmulTask {
  const std::byte* w;       ///< row 0; packed: tile 0
  std::size_t w_row_bytes;  ///< packed: of a tile of 16 rows
  std::int64_t n_in, n_tokens;
  const float* x;  ///< [n_tokens, n_in], row stride ldx: for matmul_float
  std::int64_t ldx;
  const std::byte* quantized;  ///< n_tokens rows of quantized_row_bytes each; for matmul_split: what its split_row made
  const float* bias;           ///< [n_out] or nullptr
  float* y;                    ///< [n_tokens, n_out], row stride ldy
  std::int64_t ldy;
};

/// y[t, o] for o in [row_begin, row_end) and every t. `scratch` is aligned to 64 bytes and has
/// KernelTable::scratch_bytes(n_in).
using MatmulFn = void (*)(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch);

/// One token's query heads that share a KV head, and the cells that it looks at.
struct AttentionQuery {
  const float* q;           ///< [n_heads, head_dim]
  float* out;               ///< [n_heads, head_dim_v]
  std::int64_t begin, end;  ///< cells; end > begin
};

/// Tokens of one sequence, which share its keys and values.
struct AttentionTask {
  const AttentionQuery* tokens;
  std::int64_t n_tokens, n_heads;  ///< n_tokens · n_heads is at most kMaxAttentionRows
  std::int64_t head_dim, head_dim_v;
  const std::byte* const* k_pages;
  const std::byte* const* v_pages;
  std::int64_t kv_head;
  DType kv_dtype;
  float scale, soft_cap;
};
inline constexpr std::int64_t kMaxAttentionRows = 32;

struct KernelTable {
  const char* name;

  /// Groups of 16 or 32 values to 8 bits; `out` has quantized_row_bytes. Every level gives the same bytes but for the
  /// padding.
  void (*quantize_row)(const float* x, std::int64_t n, int group, GroupOrder order, std::byte* out);
  /// Weights as float32, exactly. Indexed by DType.
  MatmulFn matmul_float[kWeightDTypeCount];
  /// Rounded activations in natural order; made for a few tokens. nullptr for F32, F16 and BF16.
  MatmulFn matmul_int8[kWeightDTypeCount];
  /// The same results, bit for bit, from rounded activations in lane-major order; made for many tokens. nullptr: use
  /// matmul_int8.
  MatmulFn matmul_int8_panel[kWeightDTypeCount];
  /// Packed weights (packed_layout.h) and rounded activations in natural order whose sums are replaced by
  /// −packed_offset · sum; any number of tokens. nullptr: weights of this dtype are not packed, or this level reads
  /// none.
  MatmulFn matmul_packed[kWeightDTypeCount];
  int packed_offset[kWeightDTypeCount];                    ///< what this level's kernel takes from each quant
  std::size_t (*packed_scratch_bytes)(std::int64_t n_in);  ///< what matmul_packed wants as `scratch`; nullptr: nothing
  std::int64_t panel_min_tokens;                           ///< from how many tokens on the panel is faster
  std::int64_t row_tile;  ///< rows that a matmul function handles together: parts should be multiples of it
  std::size_t (*scratch_bytes)(std::int64_t n_in);

  /// F16 and BF16 weights and activations that are split into two BF16 numbers each (see split_row_bytes); any number
  /// of tokens. nullptr: use matmul_float.
  MatmulFn matmul_split[kWeightDTypeCount];
  void (*split_row)(const float* x, std::int64_t n, std::byte* high, std::byte* low);  ///< aligned to 64 bytes
  std::size_t (*split_scratch_bytes)(std::int64_t n_in);  ///< what matmul_split wants as `scratch`

  void (*attention)(const AttentionTask& task);

  // One row each; x and y may be the same.
  void (*rms_norm)(const float* x, std::int64_t n, const float* weight, float eps, float* y);
  void (*layer_norm)(const float* x, std::int64_t n, const float* weight, const float* bias, float eps, float* y);
  /// Rotates n_half pairs by the angles whose cosines and sines are given.
  void (*rotate)(float* x, const float* cosines, const float* sines, std::int64_t n_half, RopeKind kind);
  void (*activate)(float* x, std::int64_t n, Activation activation);
  void (*activate_and_multiply)(float* gate, const float* up, std::int64_t n, Activation activation);
  void (*add)(float* x, const float* y, std::int64_t n);
  void (*scale)(float* x, std::int64_t n, float factor);
  void (*soft_cap)(float* x, std::int64_t n, float cap);

  /// n values to F16 or BF16 bits at `out` (any alignment), rounded to nearest even.
  void (*to_f16)(const float* x, std::int64_t n, std::byte* out);
  void (*to_bf16)(const float* x, std::int64_t n, std::byte* out);
  /// n values to 8 bits with one scale, which is returned: x[i] ≈ scale · out[i], |out[i]| <= 127. Where one is not
  /// finite the scale is NaN and `out` zero. Every level gives the same.
  float (*to_s8)(const float* x, std::int64_t n, std::int8_t* out);

  // What this level can compute at most: products that are added up, of numbers in registers, in as many rounds. They
  // return how many operations that was; a product and a sum are two.
  std::int64_t (*multiply_floats)(std::int64_t rounds);
  std::int64_t (*multiply_bytes)(std::int64_t rounds);
};

/// Values that share a scale in the weights of `dtype`: the group that its activations are rounded in.
int activation_group(DType dtype);

/// The fastest table for this CPU, or the one that HEARTH_CPU names ("portable", "avx2", "avx512", "amx").
/// Errors: kInvalidArgument for an unknown name, kUnsupported for a level that this CPU or build lacks.
const KernelTable& kernel_table();
/// The table of that name. Errors: as above.
const KernelTable& kernel_table(const char* name);
/// The tables that this CPU can run, slowest first; nullptr ends the list.
const KernelTable* const* available_kernel_tables();

}  // namespace hearth
