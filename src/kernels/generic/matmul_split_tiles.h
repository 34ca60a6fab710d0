// y = x · wᵀ with F16 and BF16 weights on a processor that multiplies tiles of BF16 (AMX-BF16). What does not fit
// BF16's eight bits of mantissa is split into two numbers that do: activations into x = high + low, off by at most 2⁻¹⁶
// |x|; F16 weights, which have eleven bits, exactly. So
//
//   x · w ≈ high · w + low · w                                  BF16 weights
//   x · w ≈ high · w_high + low · w_high + high · w_low         F16 weights; what is left out is 2⁻¹⁷ of |x · w|
//
// Sums are float32, over steps of 32 columns from the first to the last and in this order within each: the same for one
// token as for many, which is why one token takes this way too. Its weights come from memory more slowly than they are
// unpacked.
//
// `Tiles` as in generic/matmul_packed_tiles.h, and
//   multiply_bf16<sums, a, b>()   sums[m][n] += Σ a[m][2 k] · b[k][2 n] + Σ a[m][2 k + 1] · b[k][2 n + 1]
#pragma once

#include "kernels/generic/load_part.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

inline constexpr std::int64_t kSplitRows = kSplitTokens;  ///< of weights in a tile
inline constexpr std::size_t kTileBytes = 1024;

constexpr std::int64_t whole_steps(std::int64_t n) { return (n + kSplitStep - 1) / kSplitStep; }

/// Sixteen numbers as two of BF16 each: x ≈ high + low.
HEARTH_INLINE void split(F32 x, std::byte* high, std::byte* low) {
  store_bf16(x, high);
  store_bf16(x - F32::from_bf16(high), low);
}

/// A row of activations in two; zeros up to a whole step.
void split_row(const float* x, std::int64_t n, std::byte* high, std::byte* low) {
  for (std::int64_t i = 0; i < whole_steps(n) * kSplitStep; i += F32::kLanes) {
    const std::int64_t left = n - i;
    const F32 v = left >= F32::kLanes ? F32::load(x + i) : left > 0 ? load_part(x + i, left) : F32::zero();
    split(v, high + 2 * i, low + 2 * i);
  }
}

/// Rows of weights as tiles: for each step, for each half of a block, the tile of the high parts and, for F16, of the
/// low ones.
template <DType kDType>
struct SplitPanel {
  static constexpr int kParts = kDType == DType::kF16 ? 2 : 1;
  static constexpr std::size_t kHalfBytes = kParts * kTileBytes;
  static constexpr std::size_t kStepBytes = 2 * kHalfBytes;

  /// Sixteen rows from row o on, of which those before row_end are there.
  static void fill_half(const MatmulTask& task, std::int64_t o, std::int64_t row_end, std::byte* panel) {
    alignas(64) std::byte high[kSplitRows * 64] = {};
    alignas(64) std::byte low[kSplitRows * 64] = {};
    const std::int64_t n_rows = smaller(kSplitRows, row_end - o);
    for (std::int64_t i = 0; i < task.n_in; i += kSplitStep, panel += kStepBytes) {
      for (std::int64_t r = 0; r < n_rows; ++r) {
        const std::byte* row = task.w + static_cast<std::size_t>(o + r) * task.w_row_bytes;
        for (std::int64_t part = 0; part < kSplitStep; part += F32::kLanes) {
          const std::int64_t left = task.n_in - i - part;
          const F32 w = left >= F32::kLanes ? FloatRow<kDType>::load(row, i + part)
                        : left > 0          ? FloatRow<kDType>::load_part(row, i + part, left)
                                            : F32::zero();
          split(w, high + 64 * r + 2 * part, low + 64 * r + 2 * part);
        }
      }
      store_tile(high, panel);
      if constexpr (kParts == 2) store_tile(low, panel + kTileBytes);
    }
  }

 private:
  HEARTH_INLINE static void store_tile(const std::byte* rows, std::byte* tile) {
    PanelBytes vectors[kPanelRows];
    transpose(rows, 64, vectors);
    unroll<kPanelRows>([&](auto k) HEARTH_INLINE_LAMBDA { store_panel(vectors[k], tile + 64 * k); });
  }
};

/// 16 · kTiles tokens from t on against the block of rows from o on. Tiles 0 … 3: sums of tokens' tile m and rows' half
/// n at 2 m + n; 4, 5: the parts of 16 tokens; 6, 7: weights.
template <DType kDType, typename Tiles, int kTokenTiles>
void split_block(const std::byte* panel, const MatmulTask& task, std::int64_t t, std::int64_t o, std::int64_t n_rows) {
  using P = SplitPanel<kDType>;
  const std::size_t stride = split_row_bytes(task.n_in);
  const std::byte* high = task.quantized + static_cast<std::size_t>(t) * stride;
  const std::byte* low = high + static_cast<std::size_t>(padded_tokens(task.n_tokens)) * stride;
  unroll<2 * kTokenTiles>([&](auto tile) HEARTH_INLINE_LAMBDA { Tiles::template clear<tile>(); });
  for (std::int64_t step = 0; step < whole_steps(task.n_in); ++step, panel += P::kStepBytes) {
    unroll<kTokenTiles>([&](auto m) HEARTH_INLINE_LAMBDA {
      Tiles::template load<4>(high + 16 * m * stride + 64 * static_cast<std::size_t>(step), stride);
      Tiles::template load<5>(low + 16 * m * stride + 64 * static_cast<std::size_t>(step), stride);
      unroll<2>([&](auto n) HEARTH_INLINE_LAMBDA {
        constexpr int kSums = 2 * m + n;
        Tiles::template load<6>(panel + P::kHalfBytes * n, 64);
        Tiles::template multiply_bf16<kSums, 4, 6>();
        Tiles::template multiply_bf16<kSums, 5, 6>();
        if constexpr (P::kParts == 2) {
          Tiles::template load<7>(panel + P::kHalfBytes * n + kTileBytes, 64);
          Tiles::template multiply_bf16<kSums, 4, 7>();
        }
      });
    });
  }
  alignas(64) float sums[kSplitRows][kSplitRows];
  unroll<2 * kTokenTiles>([&](auto tile) HEARTH_INLINE_LAMBDA {
    Tiles::template store<tile>(sums, 64);
    const std::int64_t first_row = o + kSplitRows * (tile % 2);
    const std::int64_t first_token = t + kSplitRows * (tile / 2);
    const std::int64_t rows = smaller(kSplitRows, o + n_rows - first_row);
    if (rows <= 0) return;
    const F32 bias = task.bias != nullptr ? load_part(task.bias + first_row, rows) : F32::zero();
    for (std::int64_t i = 0; i < smaller(kSplitRows, task.n_tokens - first_token); ++i) {
      F32 y = F32::load(sums[i]);
      if (task.bias != nullptr) y = y + bias;
      store_part(y, task.y + (first_token + i) * task.ldy + first_row, rows);
    }
  });
}

template <DType kDType, typename Tiles>
void matmul_split(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch) {
  using P = SplitPanel<kDType>;
  Tiles::configure(kSplitRows, 2 * kSplitStep);
  for (std::int64_t o = row_begin; o < row_end; o += kSplitBlock) {
    P::fill_half(task, o, row_end, scratch);
    if (row_end - o > kSplitRows) P::fill_half(task, o + kSplitRows, row_end, scratch + P::kHalfBytes);
    const std::int64_t n_rows = smaller(kSplitBlock, row_end - o);
    std::int64_t t = 0;
    for (; t + kSplitRows < task.n_tokens; t += kSplitBlock) split_block<kDType, Tiles, 2>(scratch, task, t, o, n_rows);
    if (t < task.n_tokens) split_block<kDType, Tiles, 1>(scratch, task, t, o, n_rows);
  }
  Tiles::release();
}

/// The panel of a block of F16 weights.
std::size_t split_scratch_bytes(std::int64_t n_in) {
  return static_cast<std::size_t>(whole_steps(n_in)) * SplitPanel<DType::kF16>::kStepBytes;
}

template <typename Tiles>
HEARTH_INLINE void enter_matmul_split(KernelTable& table) {
  table.split_row = split_row;
  table.split_scratch_bytes = split_scratch_bytes;
  table.matmul_split[static_cast<int>(DType::kF16)] = matmul_split<DType::kF16, Tiles>;
  table.matmul_split[static_cast<int>(DType::kBF16)] = matmul_split<DType::kBF16, Tiles>;
}

}  // namespace
}  // namespace hearth
