// Attention of query heads over one KV head, page by page: scores, then a softmax that is corrected when a page brings
// a larger score, then the weighted sum of values. A row is one head of one token; rows that look at the same cells of
// a page are done together, so that these are read, and made floats, once for all of them. The order of summation
// depends on a row's cells alone.
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

/// What a softmax that is not at its end yet has seen.
struct RunningSoftmax {
  float max = -__builtin_inff();
  float sum = 0;
};

/// Rows that are done together and what was summed for them so far.
struct AttentionRows {
  const float* q[kMaxAttentionRows];
  float* out[kMaxAttentionRows];
  RunningSoftmax softmax[kMaxAttentionRows];
  alignas(64) float scores[kMaxAttentionRows][kPageCells];  ///< of the cells of one page; then weights
  float shrink[kMaxAttentionRows];
};

/// q · k for kHeads rows and four cells (of which the last may be repeated).
template <DType kDType, int kHeads>
HEARTH_INLINE void four_cells(const float* const* q, std::int64_t dim, const std::byte* const (&k)[4],
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
      const F32 query = F32::load(q[h] + i);
      unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { sums[h][c] = fma(query, keys[c], sums[h][c]); });
    });
  }
  if (const std::int64_t rest = dim - i; rest > 0) {
    F32 keys[4];
    unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { keys[c] = Row::load_part(k[c], i, rest); });
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      const F32 query = load_part(q[h] + i, rest);
      unroll<4>([&](auto c) HEARTH_INLINE_LAMBDA { sums[h][c] = fma(query, keys[c], sums[h][c]); });
    });
  }
  unroll<kHeads>([&](auto h)
                     HEARTH_INLINE_LAMBDA { dots[h] = sums_of_four(sums[h][0], sums[h][1], sums[h][2], sums[h][3]); });
}

/// Scores of n cells whose keys begin at k, for the kHeads rows from `row` on. Past n they are −∞ up to a whole vector.
/// `scales`: of the cells, or nullptr.
template <DType kDType, int kHeads>
HEARTH_INLINE void page_scores(const AttentionTask& task, const std::byte* k, const float* scales, std::int64_t n,
                               std::int64_t row, AttentionRows& rows) {
  const std::int64_t stride = task.head_dim * FloatRow<kDType>::kBytes;
  for (std::int64_t c = 0; c < n; c += 4) {
    const std::byte* const keys[4] = {k + c * stride, k + smaller(c + 1, n - 1) * stride,
                                      k + smaller(c + 2, n - 1) * stride, k + smaller(c + 3, n - 1) * stride};
    __m128 dots[kHeads];
    four_cells<kDType, kHeads>(rows.q + row, task.head_dim, keys, dots);
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA { _mm_store_ps(rows.scores[row + h] + c, dots[h]); });
  }
  const std::int64_t vectors = (n + F32::kLanes - 1) / F32::kLanes;
  for (int h = 0; h < kHeads; ++h) {
    float* s = rows.scores[row + h];
    if (scales != nullptr) times_scales(s, scales, n);
    for (std::int64_t i = 0; i < vectors * F32::kLanes; i += F32::kLanes) {
      F32 x = F32::load(s + i) * F32::set1(task.scale);
      if (task.soft_cap > 0) x = soft_cap(x, F32::set1(task.soft_cap));
      x.store(s + i);
    }
    for (std::int64_t i = n; i < vectors * F32::kLanes; ++i) s[i] = -__builtin_inff();
  }
}

/// Scores of one row to weights relative to the new maximum. Returns by how much what was summed before shrinks.
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

/// out = out · shrink + Σ weight · v over n cells, for kHeads rows and kVectors vectors of dimensions from i on.
template <DType kDType, int kHeads, int kVectors>
HEARTH_INLINE void add_values(const AttentionTask& task, const std::byte* v, std::int64_t n, std::int64_t row,
                              const AttentionRows& rows, std::int64_t i) {
  using Row = FloatRow<kDType>;
  const std::int64_t stride = task.head_dim_v * Row::kBytes;
  F32 sums[kHeads][kVectors];
  unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
    const float* out = rows.out[row + h] + i;
    unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA {
      sums[h][j] = F32::load(out + j * F32::kLanes) * F32::set1(rows.shrink[row + h]);
    });
  });
  for (std::int64_t c = 0; c < n; ++c) {
    F32 values[kVectors];
    unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { values[j] = Row::load(v + c * stride, i + j * F32::kLanes); });
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      const F32 weight = F32::set1(rows.scores[row + h][c]);
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j] = fma(weight, values[j], sums[h][j]); });
    });
  }
  unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
    float* out = rows.out[row + h] + i;
    unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j].store(out + j * F32::kLanes); });
  });
}

/// The dimensions from i on that do not fill a vector.
template <DType kDType>
HEARTH_INLINE void add_last_values(const AttentionTask& task, const std::byte* v, std::int64_t n, std::int64_t row,
                                   const AttentionRows& rows, std::int64_t i) {
  using Row = FloatRow<kDType>;
  const std::int64_t rest = task.head_dim_v - i;
  float* out = rows.out[row] + i;
  F32 sums = load_part(out, rest) * F32::set1(rows.shrink[row]);
  for (std::int64_t c = 0; c < n; ++c) {
    const F32 values = Row::load_part(v + c * task.head_dim_v * Row::kBytes, i, rest);
    sums = fma(F32::set1(rows.scores[row][c]), values, sums);
  }
  store_part(sums, out, rest);
}

template <DType kDType, int kHeads>
HEARTH_INLINE void page_values(const AttentionTask& task, const std::byte* v, std::int64_t n, std::int64_t row,
                               const AttentionRows& rows) {
  constexpr int kLanes = F32::kLanes;
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= task.head_dim_v; i += 4 * kLanes) add_values<kDType, kHeads, 4>(task, v, n, row, rows, i);
  for (; i + kLanes <= task.head_dim_v; i += kLanes) add_values<kDType, kHeads, 1>(task, v, n, row, rows, i);
  if (i < task.head_dim_v) {
    for (int h = 0; h < kHeads; ++h) add_last_values<kDType>(task, v, n, row + h, rows, i);
  }
}

/// f(Index<kHeads>, row) for tiles of rows that cover [begin, end).
template <typename F>
HEARTH_INLINE void tiles_of_rows(std::int64_t begin, std::int64_t end, const F& f) {
  for (; begin + kHeadTile <= end; begin += kHeadTile) f(Index<kHeadTile>{}, begin);
  for (; begin < end; ++begin) f(Index<1>{}, begin);
}

/// From so many rows on keys and values are made floats once for all of them, as far as there is room.
inline constexpr std::int64_t kConvertRows = 9;
inline constexpr std::int64_t kConvertDim = 256;
struct PageFloats {
  alignas(64) float values[kPageCells * kConvertDim];
};

/// Calls f(DType constant as Index, rows) with the n numbers at `rows` as they are or, for many rows, as floats.
template <DType kDType, typename F>
HEARTH_INLINE void as_floats(const std::byte* numbers, std::int64_t n, bool convert, PageFloats& floats, const F& f) {
  if constexpr (kDType != DType::kF32) {
    if (convert && n <= kPageCells * kConvertDim) {
      std::int64_t i = 0;
      for (; i + F32::kLanes <= n; i += F32::kLanes) FloatRow<kDType>::load(numbers, i).store(floats.values + i);
      if (i < n) store_part(FloatRow<kDType>::load_part(numbers, i, n - i), floats.values + i, n - i);
      f(Index<static_cast<int>(DType::kF32)>{}, reinterpret_cast<const std::byte*>(floats.values));
      return;
    }
  }
  f(Index<static_cast<int>(kDType)>{}, numbers);
}

/// The n cells of a page from `cell` on, for the rows [begin, end).
template <DType kDType>
HEARTH_INLINE void page_attention(const AttentionTask& task, std::int64_t cell, std::int64_t n, std::int64_t begin,
                                  std::int64_t end, AttentionRows& rows, PageFloats& floats) {
  const std::int64_t page = cell / kPageCells;
  const bool convert = end - begin >= kConvertRows;
  const HeadRows<kDType> k(task.k_pages[page], task.kv_head, task.head_dim, cell % kPageCells);
  const HeadRows<kDType> v(task.v_pages[page], task.kv_head, task.head_dim_v, cell % kPageCells);
  as_floats<kDType>(k.rows, n * task.head_dim, convert, floats, [&](auto dtype, const std::byte* keys) {
    constexpr auto kAs = static_cast<DType>(decltype(dtype)::value);
    tiles_of_rows(begin, end, [&](auto heads, std::int64_t row) HEARTH_INLINE_LAMBDA {
      page_scores<kAs, decltype(heads)::value>(task, keys, k.scales, n, row, rows);
    });
  });
  for (std::int64_t row = begin; row < end; ++row) {
    rows.shrink[row] = to_weights(rows.scores[row], n, rows.softmax[row]);
    if constexpr (kDType == DType::kI8) times_scales(rows.scores[row], v.scales, n);
  }
  as_floats<kDType>(v.rows, n * task.head_dim_v, convert, floats, [&](auto dtype, const std::byte* values) {
    constexpr auto kAs = static_cast<DType>(decltype(dtype)::value);
    tiles_of_rows(begin, end, [&](auto heads, std::int64_t row) HEARTH_INLINE_LAMBDA {
      page_values<kAs, decltype(heads)::value>(task, values, n, row, rows);
    });
  });
}

template <DType kDType>
HEARTH_INLINE void attention_over(const AttentionTask& task) {
  AttentionRows rows;
  PageFloats floats;
  std::int64_t first = task.tokens[0].begin;
  std::int64_t last = 0;
  for (std::int64_t t = 0; t < task.n_tokens; ++t) {
    const AttentionQuery& token = task.tokens[t];
    first = smaller(first, token.begin);
    last = token.end > last ? token.end : last;
    for (std::int64_t h = 0; h < task.n_heads; ++h) {
      const std::int64_t row = t * task.n_heads + h;
      rows.q[row] = token.q + h * task.head_dim;
      rows.out[row] = token.out + h * task.head_dim_v;
      for (std::int64_t i = 0; i < task.head_dim_v; ++i) rows.out[row][i] = 0;
    }
  }

  for (std::int64_t page = first / kPageCells; page * kPageCells < last; ++page) {
    const auto from = [&](std::int64_t t) HEARTH_INLINE_LAMBDA {
      const std::int64_t begin = task.tokens[t].begin;
      return begin > page * kPageCells ? begin : page * kPageCells;
    };
    const auto to = [&](std::int64_t t)
                        HEARTH_INLINE_LAMBDA { return smaller(task.tokens[t].end, (page + 1) * kPageCells); };
    for (std::int64_t t = 0, next = 0; t < task.n_tokens; t = next) {
      for (next = t + 1; next < task.n_tokens && from(next) == from(t) && to(next) == to(t); ++next) {
      }
      if (from(t) >= to(t)) continue;
      page_attention<kDType>(task, from(t), to(t) - from(t), t * task.n_heads, next * task.n_heads, rows, floats);
    }
  }

  for (std::int64_t row = 0; row < task.n_tokens * task.n_heads; ++row) {
    const float factor = 1 / rows.softmax[row].sum;
    for (std::int64_t i = 0; i < task.head_dim_v; ++i) rows.out[row][i] *= factor;
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
