// What every way to compute attention has in common (attention.h: vectors; attention_tiles.h: tiles). Query heads meet
// one KV head page by page: scores, then a softmax that is corrected when a page brings a larger score, then the
// weighted sum of values. A row is one head of one token; rows that look at the same cells of a page are done together,
// so that these are read once for all of them. The order of summation depends on a row's cells alone.
#pragma once

#include "kernels/generic/load_part.h"
#include "kernels/generic/math.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

inline constexpr std::int64_t kPageCells = 64;  ///< kKvPageTokens of attention.h, which no level's file may include

/// The keys, [dim, kPageCells], or values, [kPageCells, dim], of one head in one page. Those of 8 bits have their
/// scales behind them, one a cell.
template <DType kDType>
struct HeadPage {
  const std::byte* numbers;
  const float* scales;  ///< kI8 only

  HEARTH_INLINE HeadPage(const std::byte* page, std::int64_t kv_head, std::int64_t dim) {
    const std::int64_t bytes = kPageCells * dim * FloatRow<kDType>::kBytes;
    numbers = page + kv_head * (bytes + (kDType == DType::kI8 ? kPageCells * 4 : 0));
    scales = kDType == DType::kI8 ? reinterpret_cast<const float*>(numbers + bytes) : nullptr;
  }
};

/// Cells [begin, end) of a page, and the whole vectors that they lie in.
struct Cells {
  std::int64_t begin, end;

  HEARTH_INLINE std::int64_t first_vector() const { return begin / F32::kLanes * F32::kLanes; }
  HEARTH_INLINE std::int64_t last_vector() const { return (end + F32::kLanes - 1) / F32::kLanes * F32::kLanes; }
};

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
  /// Of the cells of one page; then weights. Tiles write, and nothing reads, up to 15 rows past the last one.
  alignas(64) float scores[kMaxAttentionRows + 15][kPageCells];
  float shrink[kMaxAttentionRows];
};

HEARTH_INLINE void times_scales(float* x, const float* scales, Cells cells) {
  for (std::int64_t i = cells.first_vector(); i < cells.last_vector(); i += F32::kLanes)
    (F32::load(x + i) * F32::load(scales + i)).store(x + i);
}

/// What the row does not look at in the vectors of `cells`.
HEARTH_INLINE void fill_outside(float* x, Cells cells, Cells looked_at, float value) {
  for (std::int64_t i = cells.first_vector(); i < looked_at.begin; ++i) x[i] = value;
  for (std::int64_t i = looked_at.end; i < cells.last_vector(); ++i) x[i] = value;
}

/// Products q · k of one row with `cells` to scores. Those that the row does not look at become −∞, up to whole
/// vectors.
template <DType kDType>
HEARTH_INLINE void to_scores(const AttentionTask& task, const float* key_scales, Cells cells, Cells looked_at,
                             float* s) {
  if constexpr (kDType == DType::kI8) times_scales(s, key_scales, cells);
  for (std::int64_t i = cells.first_vector(); i < cells.last_vector(); i += F32::kLanes) {
    F32 x = F32::load(s + i) * F32::set1(task.scale);
    if (task.soft_cap > 0) x = soft_cap(x, F32::set1(task.soft_cap));
    x.store(s + i);
  }
  fill_outside(s, cells, looked_at, -__builtin_inff());
}

/// Scores of one row to weights relative to the new maximum. Returns by how much what was summed before shrinks.
HEARTH_INLINE float to_weights(float* s, Cells cells, RunningSoftmax& softmax) {
  F32 largest_here = F32::set1(softmax.max);
  for (std::int64_t i = cells.first_vector(); i < cells.last_vector(); i += F32::kLanes)
    largest_here = max(F32::load(s + i), largest_here);
  const float new_max = largest(largest_here);
  const F32 base = F32::set1(new_max);
  F32 total = F32::zero();
  for (std::int64_t i = cells.first_vector(); i < cells.last_vector(); i += F32::kLanes) {
    const F32 weight = exp(F32::load(s + i) - base);
    weight.store(s + i);
    total = total + weight;
  }
  const float shrink = first_lane(exp(F32::set1(softmax.max) - base));
  softmax.max = new_max;
  softmax.sum = softmax.sum * shrink + sum(total);
  return shrink;
}

/// `Products` multiplies: it is made of the task and its rows, and has
///   scores<kDType>(page, cells, begin, end)   q · k of the rows [begin, end) into rows.scores
///   values<kDType>(page, cells, begin, end)   out = out · shrink + Σ weight · v for them
///   kAnyCells   whether rows that look at different cells of a page are done together too: `cells` are then those that
///               any of them looks at, and what a row does not look at has no weight
template <DType kDType, typename Products>
HEARTH_INLINE void attention_over(const AttentionTask& task) {
  AttentionRows rows;
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

  Products products(task, rows);
  for (std::int64_t page = first / kPageCells; page * kPageCells < last; ++page) {
    const HeadPage<kDType> k(task.k_pages[page], task.kv_head, task.head_dim);
    const HeadPage<kDType> v(task.v_pages[page], task.kv_head, task.head_dim_v);
    const auto cells_of = [&](std::int64_t t) HEARTH_INLINE_LAMBDA {
      const std::int64_t begin = task.tokens[t].begin - page * kPageCells;
      return Cells{begin > 0 ? begin : 0, smaller(task.tokens[t].end - page * kPageCells, kPageCells)};
    };
    for (std::int64_t t = 0, next = 0; t < task.n_tokens; t = next) {
      Cells cells = cells_of(t);
      next = t + 1;
      if (cells.begin >= cells.end) continue;
      for (; next < task.n_tokens; ++next) {
        const Cells other = cells_of(next);
        const bool together =
            Products::kAnyCells ? other.begin < other.end : other.begin == cells.begin && other.end == cells.end;
        if (!together) break;
        cells = {smaller(cells.begin, other.begin), cells.end > other.end ? cells.end : other.end};
      }
      const std::int64_t begin = t * task.n_heads;
      const std::int64_t end = next * task.n_heads;
      products.template scores<kDType>(k.numbers, cells, begin, end);
      for (std::int64_t row = begin; row < end; ++row) {
        const Cells looked_at = Products::kAnyCells ? cells_of(row / task.n_heads) : cells;
        to_scores<kDType>(task, k.scales, cells, looked_at, rows.scores[row]);
        rows.shrink[row] = to_weights(rows.scores[row], cells, rows.softmax[row]);
        if constexpr (kDType == DType::kI8) {
          times_scales(rows.scores[row], v.scales, cells);
          fill_outside(rows.scores[row], cells, looked_at, 0);  // there the scale may be anything
        }
      }
      products.template values<kDType>(v.numbers, cells, begin, end);
    }
  }

  for (std::int64_t row = 0; row < task.n_tokens * task.n_heads; ++row) {
    const float factor = 1 / rows.softmax[row].sum;
    for (std::int64_t i = 0; i < task.head_dim_v; ++i) rows.out[row][i] *= factor;
  }
}

template <typename Products>
HEARTH_INLINE void attention_with(const AttentionTask& task) {
  switch (task.kv_dtype) {
    case DType::kF32: return attention_over<DType::kF32, Products>(task);
    case DType::kF16: return attention_over<DType::kF16, Products>(task);
    case DType::kI8: return attention_over<DType::kI8, Products>(task);
    default: return attention_over<DType::kBF16, Products>(task);
  }
}

}  // namespace
}  // namespace hearth
