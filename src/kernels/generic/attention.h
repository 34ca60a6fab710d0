// Attention by vectors: a lane is a cell in the scores and a dimension in the sums of values, so that nothing is summed
// across lanes.
#pragma once

#include "kernels/generic/attention_rows.h"

namespace hearth {
namespace {

/// f(Index<kHeads>, row) for tiles of rows that cover [begin, end).
template <typename F>
HEARTH_INLINE void tiles_of_rows(std::int64_t begin, std::int64_t end, const F& f) {
  for (; begin + kHeadTile <= end; begin += kHeadTile) f(Index<kHeadTile>{}, begin);
  for (; begin < end; ++begin) f(Index<1>{}, begin);
}

class VectorProducts {
 public:
  static constexpr bool kAnyCells = false;

  HEARTH_INLINE VectorProducts(const AttentionTask& task, AttentionRows& rows) : task_(task), rows_(rows) {}

  template <DType kDType>
  HEARTH_INLINE void scores(const std::byte* keys, Cells cells, std::int64_t begin, std::int64_t end) {
    as_floats<kDType>(keys, task_.head_dim * kPageCells, end - begin, [&](auto dtype, const std::byte* k) {
      constexpr auto kAs = static_cast<DType>(decltype(dtype)::value);
      tiles_of_rows(begin, end, [&](auto heads, std::int64_t row) HEARTH_INLINE_LAMBDA {
        constexpr int kHeads = decltype(heads)::value;
        std::int64_t cell = cells.first_vector();
        for (; cell + 4 * F32::kLanes <= cells.last_vector(); cell += 4 * F32::kLanes)
          multiply_keys<kAs, kHeads, 4>(k, row, cell);
        for (; cell < cells.last_vector(); cell += F32::kLanes) multiply_keys<kAs, kHeads, 1>(k, row, cell);
      });
    });
  }

  template <DType kDType>
  HEARTH_INLINE void values(const std::byte* values, Cells cells, std::int64_t begin, std::int64_t end) {
    as_floats<kDType>(values, kPageCells * task_.head_dim_v, end - begin, [&](auto dtype, const std::byte* v) {
      constexpr auto kAs = static_cast<DType>(decltype(dtype)::value);
      tiles_of_rows(begin, end, [&](auto heads, std::int64_t row) HEARTH_INLINE_LAMBDA {
        constexpr int kHeads = decltype(heads)::value;
        constexpr int kLanes = F32::kLanes;
        std::int64_t i = 0;
        for (; i + 4 * kLanes <= task_.head_dim_v; i += 4 * kLanes) add_values<kAs, kHeads, 4>(v, cells, row, i);
        for (; i + kLanes <= task_.head_dim_v; i += kLanes) add_values<kAs, kHeads, 1>(v, cells, row, i);
        if (i < task_.head_dim_v) {
          for (int h = 0; h < kHeads; ++h) add_last_values<kAs>(v, cells, row + h, i);
        }
      });
    });
  }

 private:
  /// From so many rows on keys and values are made floats once for all of them, as far as there is room.
  static constexpr std::int64_t kConvertRows = 9;
  static constexpr std::int64_t kConvertDim = 256;

  /// Calls f(DType constant as Index, numbers) with the n numbers of a page as they are or, for many rows, as floats.
  template <DType kDType, typename F>
  HEARTH_INLINE void as_floats(const std::byte* numbers, std::int64_t n, std::int64_t n_rows, const F& f) {
    if constexpr (kDType != DType::kF32) {
      if (n_rows >= kConvertRows && n <= kPageCells * kConvertDim) {
        for (std::int64_t i = 0; i < n; i += F32::kLanes)  // pages have whole vectors
          FloatRow<kDType>::load(numbers, i).store(floats_ + i);
        f(Index<static_cast<int>(DType::kF32)>{}, reinterpret_cast<const std::byte*>(floats_));
        return;
      }
    }
    f(Index<static_cast<int>(kDType)>{}, numbers);
  }

  /// q · k for kHeads rows and kVectors vectors of cells from `cell` on.
  template <DType kDType, int kHeads, int kVectors>
  HEARTH_INLINE void multiply_keys(const std::byte* k, std::int64_t row, std::int64_t cell) {
    F32 sums[kHeads][kVectors];
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j] = F32::zero(); });
    });
    for (std::int64_t i = 0; i < task_.head_dim; ++i) {
      F32 keys[kVectors];
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA {
        keys[j] = FloatRow<kDType>::load(k, i * kPageCells + cell + j * F32::kLanes);
      });
      unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
        const F32 query = F32::set1(rows_.q[row + h][i]);
        unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j] = fma(query, keys[j], sums[h][j]); });
      });
    }
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      unroll<kVectors>([&](auto j)
                           HEARTH_INLINE_LAMBDA { sums[h][j].store(rows_.scores[row + h] + cell + j * F32::kLanes); });
    });
  }

  /// out = out · shrink + Σ weight · v, for kHeads rows and kVectors vectors of dimensions from i on.
  template <DType kDType, int kHeads, int kVectors>
  HEARTH_INLINE void add_values(const std::byte* v, Cells cells, std::int64_t row, std::int64_t i) {
    F32 sums[kHeads][kVectors];
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      const float* out = rows_.out[row + h] + i;
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA {
        sums[h][j] = F32::load(out + j * F32::kLanes) * F32::set1(rows_.shrink[row + h]);
      });
    });
    for (std::int64_t c = cells.begin; c < cells.end; ++c) {
      F32 values[kVectors];
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA {
        values[j] = FloatRow<kDType>::load(v, c * task_.head_dim_v + i + j * F32::kLanes);
      });
      unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
        const F32 weight = F32::set1(rows_.scores[row + h][c]);
        unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j] = fma(weight, values[j], sums[h][j]); });
      });
    }
    unroll<kHeads>([&](auto h) HEARTH_INLINE_LAMBDA {
      float* out = rows_.out[row + h] + i;
      unroll<kVectors>([&](auto j) HEARTH_INLINE_LAMBDA { sums[h][j].store(out + j * F32::kLanes); });
    });
  }

  /// The dimensions from i on that do not fill a vector.
  template <DType kDType>
  HEARTH_INLINE void add_last_values(const std::byte* v, Cells cells, std::int64_t row, std::int64_t i) {
    const std::int64_t rest = task_.head_dim_v - i;
    float* out = rows_.out[row] + i;
    F32 sums = load_part(out, rest) * F32::set1(rows_.shrink[row]);
    for (std::int64_t c = cells.begin; c < cells.end; ++c) {
      const F32 values = FloatRow<kDType>::load_part(v, c * task_.head_dim_v + i, rest);
      sums = fma(F32::set1(rows_.scores[row][c]), values, sums);
    }
    store_part(sums, out, rest);
  }

  const AttentionTask& task_;
  AttentionRows& rows_;
  alignas(64) float floats_[kPageCells * kConvertDim];  // keys or values of a page
};

void attention(const AttentionTask& task) { attention_with<VectorProducts>(task); }

}  // namespace
}  // namespace hearth
