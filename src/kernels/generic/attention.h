// Attention of one token's query heads over one KV head, page by page: scores, then a softmax that is corrected when a
// page brings a larger score, then the weighted sum of values. The order depends on the cells alone.
#pragma once

#include "kernels/generic/load_part.h"
#include "kernels/generic/math.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

inline constexpr std::int64_t kPageCells = 64;  ///< kKvPageTokens of attention.h, which no level's file may include

/// Where the keys or values of one head in one page lie. Those of 8 bits have their scales behind them, one a cell.
template <DType kDType>
struct HeadRows {
  const std::byte* rows;  ///< of the first cell that is wanted
  const float* scales;    ///< from that cell on; kI8 only

  HEARTH_INLINE HeadRows(const std::byte* page, std::int64_t kv_head, std::int64_t dim, std::int64_t cell) {
    const std::int64_t row_bytes = dim * FloatRow<kDType>::kBytes;
    const std::int64_t head_bytes = kPageCells * row_bytes + (kDType == DType::kI8 ? kPageCells * 4 : 0);
    const std::byte* head = page + kv_head * head_bytes;
    rows = head + cell * row_bytes;
    scales = kDType == DType::kI8 ? reinterpret_cast<const float*>(head + kPageCells * row_bytes) + cell : nullptr;
  }
};

/// x[i] · scale[i] for i < n; x has room for whole vectors.
HEARTH_INLINE void times_scales(float* x, const float* scales, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += F32::kLanes) {
    const F32 scale = n - i >= F32::kLanes ? F32::load(scales + i) : load_part(scales + i, n - i);
    (F32::load(x + i) * scale).store(x + i);
  }
}

/// Scores of the cells of one page, for up to kMaxAttentionHeads heads.
struct PageScores {
  alignas(64) float of[kMaxAttentionHeads][kPageCells];
};

/// q · k for kHeads heads and four cells (of which the last may be repeated).
template <DType kDType, int kHeads>
HEARTH_INLINE void four_cells(const float* q, std::int64_t dim, const std::byte* const (&k)[4],
                              __m128 (&dots)[kHeads]) {
  using Row = FloatRow<kDType>;
  F32 sums[kHeads][4];
  unroll<kHeads>(
      [&](auto h) HEARTH_INLINE_LAMBDA { unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { sums[h][c] = F32::zero(); }); });
  std::int64_t i = 0;
  for (; i + F32::kLanes <= dim; i += F32::kLanes) {
    F32 keys[4];
    unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { keys[c] = Row::load(k[c], i); });
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      const F32 query = F32::load(q + h * dim + i);
      unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { sums[h][c] = fma(query, keys[c], sums[h][c]); });
    });
  }
  if (const std::int64_t rest = dim - i; rest > 0) {
    F32 keys[4];
    unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { keys[c] = Row::load_part(k[c], i, rest); });
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      const F32 query = load_part(q + h * dim + i, rest);
      unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { sums[h][c] = fma(query, keys[c], sums[h][c]); });
    });
  }
  unroll<kHeads>([&](auto h)
                     HEARTH_INLINE_LAMBDA { dots[h] = sums_of_four(sums[h][0], sums[h][1], sums[h][2], sums[h][3]); });
}

/// Scores of n cells whose keys begin at k, for the kHeads heads from `head` on. Past n they are −∞ up to a whole
/// vector.
template <DType kDType, int kHeads>
HEARTH_INLINE void page_scores(const AttentionTask& task, const HeadRows<kDType>& keys_of_head, std::int64_t n,
                               std::int64_t head, PageScores& scores) {
  const std::byte* k = keys_of_head.rows;
  const std::int64_t stride = task.head_dim * FloatRow<kDType>::kBytes;
  for (std::int64_t c = 0; c < n; c += 4) {
    const std::byte* const keys[4] = {k + c * stride, k + smaller(c + 1, n - 1) * stride,
                                      k + smaller(c + 2, n - 1) * stride, k + smaller(c + 3, n - 1) * stride};
    __m128 dots[kHeads];
    four_cells<kDType, kHeads>(task.q + head * task.head_dim, task.head_dim, keys, dots);
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA { _mm_store_ps(scores.of[head + h] + c, dots[h]); });
  }
  const std::int64_t vectors = (n + F32::kLanes - 1) / F32::kLanes;
  for (int h = 0; h < kHeads; ++h) {
    float* s = scores.of[head + h];
    if constexpr (kDType == DType::kI8) times_scales(s, keys_of_head.scales, n);
    for (std::int64_t i = 0; i < vectors * F32::kLanes; i += F32::kLanes) {
      F32 x = F32::load(s + i) * F32::set1(task.scale);
      if (task.soft_cap > 0) x = soft_cap(x, F32::set1(task.soft_cap));
      x.store(s + i);
    }
    for (std::int64_t i = n; i < vectors * F32::kLanes; ++i) s[i] = -__builtin_inff();
  }
}

/// Scores of one head to weights relative to the new maximum. Returns by how much what was summed before shrinks.
struct RunningSoftmax {
  float max = -__builtin_inff();
  float sum = 0;
};
HEARTH_INLINE float to_weights(float* s, std::int64_t n, RunningSoftmax& softmax) {
  F32 largest_here = F32::set1(softmax.max);
  for (std::int64_t i = 0; i < n; i += F32::kLanes) largest_here = max(F32::load(s + i), largest_here);
  const float new_max = largest(largest_here);
  const F32 base = F32::set1(new_max);
  F32 total = F32::zero();
  for (std::int64_t i = 0; i < n; i += F32::kLanes) {
    const F32 weight = exp(F32::load(s + i) - base);
    weight.store(s + i);
    total = total + weight;
  }
  const float shrink = first_lane(exp(F32::set1(softmax.max) - base));
  softmax.max = new_max;
  softmax.sum = softmax.sum * shrink + sum(total);
  return shrink;
}

/// out = out · shrink + Σ weight · v over n cells, for kHeads heads and kVectors vectors of dimensions from i on.
template <DType kDType, int kHeads, int kVectors>
HEARTH_INLINE void add_values(const AttentionTask& task, const std::byte* v, std::int64_t n, std::int64_t head,
                              const PageScores& weights, const float* shrink, std::int64_t i) {
  using Row = FloatRow<kDType>;
  const std::int64_t stride = task.head_dim_v * Row::kBytes;
  F32 sums[kHeads][kVectors];
  unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
    const float* out = task.out + (head + h) * task.head_dim_v + i;
    unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA {
      sums[h][j] = F32::load(out + j * F32::kLanes) * F32::set1(shrink[head + h]);
    });
  });
  for (std::int64_t c = 0; c < n; ++c) {
    F32 values[kVectors];
    unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { values[j] = Row::load(v + c * stride, i + j * F32::kLanes); });
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      const F32 weight = F32::set1(weights.of[head + h][c]);
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j] = fma(weight, values[j], sums[h][j]); });
    });
  }
  unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
    float* out = task.out + (head + h) * task.head_dim_v + i;
    unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j].store(out + j * F32::kLanes); });
  });
}

/// The dimensions from i on that do not fill a vector.
template <DType kDType>
HEARTH_INLINE void add_last_values(const AttentionTask& task, const std::byte* v, std::int64_t n, std::int64_t head,
                                   const PageScores& weights, const float* shrink, std::int64_t i) {
  using Row = FloatRow<kDType>;
  const std::int64_t rest = task.head_dim_v - i;
  float* out = task.out + head * task.head_dim_v + i;
  F32 sums = load_part(out, rest) * F32::set1(shrink[head]);
  for (std::int64_t c = 0; c < n; ++c) {
    const F32 values = Row::load_part(v + c * task.head_dim_v * Row::kBytes, i, rest);
    sums = fma(F32::set1(weights.of[head][c]), values, sums);
  }
  store_part(sums, out, rest);
}

template <DType kDType, int kHeads>
HEARTH_INLINE void page_values(const AttentionTask& task, const std::byte* v, std::int64_t n, std::int64_t head,
                               const PageScores& weights, const float* shrink) {
  constexpr int kLanes = F32::kLanes;
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= task.head_dim_v; i += 4 * kLanes) {
    add_values<kDType, kHeads, 4>(task, v, n, head, weights, shrink, i);
  }
  for (; i + kLanes <= task.head_dim_v; i += kLanes)
    add_values<kDType, kHeads, 1>(task, v, n, head, weights, shrink, i);
  if (i < task.head_dim_v) {
    for (int h = 0; h < kHeads; ++h) add_last_values<kDType>(task, v, n, head + h, weights, shrink, i);
  }
}

/// f(Index<kHeads>, head) for tiles of heads that cover all of them.
template <typename F>
HEARTH_INLINE void tiles_of_heads(std::int64_t n_heads, const F& f) {
  std::int64_t head = 0;
  for (; head + kHeadTile <= n_heads; head += kHeadTile) f(Index<kHeadTile>{}, head);
  for (; head < n_heads; ++head) f(Index<1>{}, head);
}

template <DType kDType>
HEARTH_INLINE void attention_over(const AttentionTask& task) {
  PageScores scores;
  RunningSoftmax softmax[kMaxAttentionHeads];
  float shrink[kMaxAttentionHeads];
  for (std::int64_t i = 0; i < task.n_heads * task.head_dim_v; ++i) task.out[i] = 0;

  for (std::int64_t cell = task.begin; cell < task.end;) {
    const std::int64_t page = cell / kPageCells;
    const std::int64_t n = smaller(task.end, (page + 1) * kPageCells) - cell;
    const HeadRows<kDType> k(task.k_pages[page], task.kv_head, task.head_dim, cell % kPageCells);
    const HeadRows<kDType> v(task.v_pages[page], task.kv_head, task.head_dim_v, cell % kPageCells);
    tiles_of_heads(task.n_heads, [&](auto heads, std::int64_t head) HEARTH_INLINE_LAMBDA {
      page_scores<kDType, decltype(heads)::value>(task, k, n, head, scores);
    });
    for (std::int64_t h = 0; h < task.n_heads; ++h) {
      shrink[h] = to_weights(scores.of[h], n, softmax[h]);
      if constexpr (kDType == DType::kI8) times_scales(scores.of[h], v.scales, n);
    }
    tiles_of_heads(task.n_heads, [&](auto heads, std::int64_t head) HEARTH_INLINE_LAMBDA {
      page_values<kDType, decltype(heads)::value>(task, v.rows, n, head, scores, shrink);
    });
    cell += n;
  }

  for (std::int64_t h = 0; h < task.n_heads; ++h) {
    float* out = task.out + h * task.head_dim_v;
    const float factor = 1 / softmax[h].sum;
    for (std::int64_t i = 0; i < task.head_dim_v; ++i) out[i] *= factor;
  }
}

void attention(const AttentionTask& task) {
  switch (task.kv_dtype) {
    case DType::kF32: return attention_over<DType::kF32>(task);
    case DType::kF16: return attention_over<DType::kF16>(task);
    case DType::kI8: return attention_over<DType::kI8>(task);
    default: return attention_over<DType::kBF16>(task);
  }
}

}  // namespace
}  // namespace hearth
