// Attention on a processor that multiplies tiles of BF16 (AMX-BF16). Queries, weights and what does not fit BF16's
// eight bits of mantissa in the cache are split into two numbers that do, x = high + low, so that
//
//   a · b ≈ high · b + low · b                              BF16 and I8 keys and values
//   a · b ≈ high · b_high + low · b_high + high · b_low     F16 and F32; what is left out is 2⁻¹⁶ of |a · b|
//
// A tile of keys or values is made once for all rows of the task and thrown away. A row's sums are the same whatever
// the tile it is in and its neighbours, so one row takes this way too.
//
// `Tiles` as in generic/matmul_split_tiles.h, `split_pairs` as in amx/split_pairs.h. The order of the summands is free
// as long as both factors agree: a step of 32 takes the pairs (i, i + 16), which need no shuffling.
#pragma once

#include "kernels/generic/attention_rows.h"

namespace hearth {
namespace {

inline constexpr std::int64_t kTileAttentionDim = 256;  ///< the widest heads that tiles take

template <typename Tiles>
class TileProducts {
 public:
  static constexpr bool kAnyCells = true;

  HEARTH_INLINE TileProducts(const AttentionTask& task, AttentionRows& rows) : task_(task), rows_(rows) {
    Tiles::configure(16, 64);
    const std::int64_t n_rows = task.n_tokens * task.n_heads;
    for (std::int64_t row = 0; row < n_rows; ++row) {
      const auto part = [&](std::int64_t i) HEARTH_INLINE_LAMBDA {
        const std::int64_t left = task.head_dim - i;
        return left >= 16 ? F32::load(rows.q[row] + i) : left > 0 ? load_part(rows.q[row] + i, left) : F32::zero();
      };
      for (std::int64_t step = 0; step < steps(task.head_dim); ++step)
        split_pairs(part(32 * step), part(32 * step + 16), q_.high[row] + 64 * step, q_.low[row] + 64 * step);
    }
  }
  HEARTH_INLINE ~TileProducts() { Tiles::release(); }
  TileProducts(const TileProducts&) = delete;
  TileProducts& operator=(const TileProducts&) = delete;

  template <DType kDType>
  HEARTH_INLINE void scores(const std::byte* keys, Cells cells, std::int64_t begin, std::int64_t end) {
    const std::int64_t first = cells.begin / 16;
    const std::int64_t last = (cells.end + 15) / 16;
    const std::int64_t n_steps = steps(task_.head_dim);
    for (std::int64_t step = 0; step < n_steps; ++step) {
      for (std::int64_t column = first; column < last; ++column) {
        const auto dimension = [&](std::int64_t i) HEARTH_INLINE_LAMBDA {
          return i < task_.head_dim ? FloatRow<kDType>::load(keys, i * kPageCells + 16 * column) : F32::zero();
        };
        fill_tile<kDType>(tile(step, column, kPageCells / 16), 32 * step, dimension);
      }
    }
    multiply<kDType, sizeof(q_.high[0])>(q_, 0, n_steps, first, last, kPageCells / 16, begin, end,
                                         [&](auto sums, std::int64_t row, std::int64_t column) HEARTH_INLINE_LAMBDA {
                                           Tiles::template store<decltype(sums)::value>(rows_.scores[row] + 16 * column,
                                                                                        sizeof(rows_.scores[0]));
                                         });
  }

  template <DType kDType>
  HEARTH_INLINE void values(const std::byte* values, Cells cells, std::int64_t begin, std::int64_t end) {
    const std::int64_t dim = task_.head_dim_v;
    const std::int64_t columns = (dim + 15) / 16;
    const std::int64_t first = cells.begin / 32;
    const std::int64_t last = (cells.end + 31) / 32;
    for (std::int64_t step = first; step < last; ++step) {
      for (std::int64_t row = begin; row < end; ++row) {
        const auto part = [&](std::int64_t i) HEARTH_INLINE_LAMBDA {
          return cells.first_vector() <= i && i < cells.last_vector() ? F32::load(rows_.scores[row] + i) : F32::zero();
        };
        split_pairs(part(32 * step), part(32 * step + 16), weights_.high[row] + 64 * step,
                    weights_.low[row] + 64 * step);
      }
      for (std::int64_t column = 0; column < columns; ++column) {
        const std::int64_t left = dim - 16 * column;
        const auto cell = [&](std::int64_t c) HEARTH_INLINE_LAMBDA {
          if (c < cells.begin || c >= cells.end) return F32::zero();  // nobody wrote there yet
          return left >= 16 ? FloatRow<kDType>::load(values, c * dim + 16 * column)
                            : FloatRow<kDType>::load_part(values, c * dim + 16 * column, left);
        };
        fill_tile<kDType>(tile(step, column, columns), 32 * step, cell);
      }
    }
    multiply<kDType, sizeof(weights_.high[0])>(
        weights_, first, last, 0, columns, columns, begin, end,
        [&](auto sums, std::int64_t row, std::int64_t column) HEARTH_INLINE_LAMBDA {
          alignas(64) float added[16][16];
          Tiles::template store<decltype(sums)::value>(added, 64);
          const std::int64_t left = smaller(16, dim - 16 * column);
          for (std::int64_t i = 0; i < smaller(16, end - row); ++i) {
            float* out = rows_.out[row + i] + 16 * column;
            const F32 before = left == 16 ? F32::load(out) : load_part(out, left);
            store_part(fma(before, F32::set1(rows_.shrink[row + i]), F32::load(added[i])), out, left);
          }
        });
  }

 private:
  static constexpr std::int64_t kRows = kMaxAttentionRows + 15;  ///< a tile may begin at any row
  static constexpr std::int64_t kMaxTiles = kTileAttentionDim / 32 * (kPageCells / 16);
  static_assert(kMaxTiles >= kPageCells / 32 * (kTileAttentionDim / 16));

  /// Rows of kDim numbers in two parts.
  template <std::int64_t kDim>
  struct SplitRows {
    alignas(64) std::byte high[kRows][2 * kDim];
    alignas(64) std::byte low[kRows][2 * kDim];
  };

  static constexpr std::int64_t steps(std::int64_t n) { return (n + 31) / 32; }
  static constexpr bool has_low(DType dtype) { return dtype == DType::kF16 || dtype == DType::kF32; }

  /// The high part of the tile for 32 summands and 16 columns of results; the low one is behind it.
  HEARTH_INLINE std::byte* tile(std::int64_t step, std::int64_t column, std::int64_t columns) {
    return tiles_[step * columns + column];
  }

  /// load(i): summand i of sixteen columns, for 32 of them from `begin` on.
  template <DType kDType, typename F>
  HEARTH_INLINE static void fill_tile(std::byte* to, std::int64_t begin, const F& load) {
    for (std::int64_t i = begin; i < begin + 16; ++i, to += 64) {
      if constexpr (has_low(kDType)) {
        split_pairs(load(i), load(i + 16), to, to + 1024);
      } else {
        store_pairs(load(i), load(i + 16), to);
      }
    }
  }

  /// a [rows, 32 · steps] times the tiles of steps [step, last_step) and columns [column, last_column), of which there
  /// are `columns` a step. sink(Index of the tile of sums, row, column) for each sixteen rows and column. Tiles 0 … 3:
  /// sums of rows' tile m and column n at 2 m + n; 4, 5: the parts of a; 6, 7: of keys or values.
  template <DType kDType, std::size_t kStride, typename Rows, typename Sink>
  HEARTH_INLINE void multiply(const Rows& a, std::int64_t step, std::int64_t last_step, std::int64_t column,
                              std::int64_t last_column, std::int64_t columns, std::int64_t begin, std::int64_t end,
                              const Sink& sink) {
    const auto block = [&](auto row_tiles, auto column_tiles, std::int64_t row, std::int64_t col) HEARTH_INLINE_LAMBDA {
      constexpr int kRowTiles = decltype(row_tiles)::value;
      constexpr int kColumnTiles = decltype(column_tiles)::value;
      const auto each = [&](const auto& f) HEARTH_INLINE_LAMBDA {
        unroll<kRowTiles>([&](auto m) HEARTH_INLINE_LAMBDA {
          unroll<kColumnTiles>([&](auto n) HEARTH_INLINE_LAMBDA { f(Index<2 * m + n>{}, m, n); });
        });
      };
      each([&](auto sums, auto, auto) HEARTH_INLINE_LAMBDA { Tiles::template clear<decltype(sums)::value>(); });
      for (std::int64_t s = step; s < last_step; ++s) {
        each([&](auto sums, auto m, auto n) HEARTH_INLINE_LAMBDA {
          constexpr int kSums = decltype(sums)::value;
          if constexpr (decltype(n)::value == 0) {
            Tiles::template load<4>(a.high[row + 16 * m] + 64 * s, kStride);
            Tiles::template load<5>(a.low[row + 16 * m] + 64 * s, kStride);
          }
          const std::byte* b = tile(s, col + n, columns);
          Tiles::template load<6>(b, 64);
          Tiles::template multiply_bf16<kSums, 4, 6>();
          Tiles::template multiply_bf16<kSums, 5, 6>();
          if constexpr (has_low(kDType)) {
            Tiles::template load<7>(b + 1024, 64);
            Tiles::template multiply_bf16<kSums, 4, 7>();
          }
        });
      }
      each([&](auto sums, auto m, auto n) HEARTH_INLINE_LAMBDA { sink(sums, row + 16 * m, col + n); });
    };
    for (std::int64_t row = begin; row < end; row += 32) {
      for (std::int64_t col = column; col < last_column; col += 2) {
        const bool two_columns = col + 1 < last_column;
        if (row + 16 < end) {
          two_columns ? block(Index<2>{}, Index<2>{}, row, col) : block(Index<2>{}, Index<1>{}, row, col);
        } else {
          two_columns ? block(Index<1>{}, Index<2>{}, row, col) : block(Index<1>{}, Index<1>{}, row, col);
        }
      }
    }
  }

  const AttentionTask& task_;
  AttentionRows& rows_;
  SplitRows<kTileAttentionDim> q_;
  SplitRows<kPageCells> weights_;
  alignas(64) std::byte tiles_[kMaxTiles][2048];  // keys or values of a page
};

/// `kVectors`: the table whose attention takes wider heads.
template <typename Tiles, auto kVectors>
void attention_on_tiles(const AttentionTask& task) {
  if (task.head_dim > kTileAttentionDim || task.head_dim_v > kTileAttentionDim) {
    kVectors()->attention(task);
  } else {
    attention_with<TileProducts<Tiles>>(task);
  }
}

}  // namespace
}  // namespace hearth
