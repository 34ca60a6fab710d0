// Scaled dot-product attention over a paged KV cache, grouped heads, windows and soft caps.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"
#include "tensor/dtype.h"

namespace hearth {

inline constexpr std::int64_t kKvPageTokens = 64;

/// Whether a KV cache can hold its numbers as `dtype`.
constexpr bool is_kv_dtype(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kI8;
}
/// Bytes of the keys or values of one head in one page.
inline std::size_t kv_head_bytes(DType dtype, std::int64_t head_dim) {
  const std::size_t scales = dtype == DType::kI8 ? kKvPageTokens * sizeof(float) : 0;
  return kKvPageTokens * row_bytes(dtype, head_dim) + scales;
}

/// One layer of one sequence: cell c lies in page c / kKvPageTokens. Pages hold K as [n_head_kv, head_dim,
/// kKvPageTokens], so that a vector of scores needs no sums across its lanes, and V as [n_head_kv, kKvPageTokens,
/// head_dim_v], in `dtype` F32, F16, BF16 or I8. With I8 each head is followed by its scales, [kKvPageTokens] F32: a
/// value is its cell's scale times its 8 bits.
struct KvLayer {
  std::span<const std::byte* const> k_pages;
  std::span<const std::byte* const> v_pages;
};

/// What one token of the batch looks at: cells [begin, end) of `kv` (end > begin).
struct AttentionRow {
  const KvLayer* kv;
  std::int64_t begin;
  std::int64_t end;
};

struct AttentionShape {
  std::int64_t n_head, n_head_kv, head_dim, head_dim_v;
  DType kv_dtype;
  float scale;         ///< multiplies q·k
  float soft_cap = 0;  ///< c > 0: score becomes c · tanh(score / c), after the scale (Gemma 2)
};

/// out[t, h] = Σ_c softmax_c(q[t, h] · k[c, h / group]) v[c, h / group], computed in float32 with the maximum
/// subtracted. q [n_tokens, n_head, head_dim], out [n_tokens, n_head, head_dim_v], rows [n_tokens]. The order of
/// summation over cells depends on begin and end alone: batching does not change a row's result.
void attention(const float* q, std::span<const AttentionRow> rows, const AttentionShape& shape, float* out,
               KernelContext& context);

/// Write one token's K or V, x [n_head_kv, head_dim], into `page` at `cell` (< kKvPageTokens), converting to `dtype`.
void store_key(const float* x, std::int64_t n_head_kv, std::int64_t head_dim, DType dtype, std::byte* page,
               std::int64_t cell);
void store_value(const float* x, std::int64_t n_head_kv, std::int64_t head_dim, DType dtype, std::byte* page,
                 std::int64_t cell);

}  // namespace hearth
