// y = x · wᵀ with weights as float32. Each output is summed in kLanes interleaved sums, lane by lane over the row,
// which are added up at the end: the same for one token as for many.
#pragma once

#include "kernels/generic/dequantize_row.h"
#include "kernels/generic/load_part.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

inline constexpr int kFloatRows = 4;  ///< rows of weights in a tile

/// A tile's operands: rows of weights of dtype kDType and tokens, both as long as n_in.
struct FloatTile {
  const std::byte* w[kFloatRows];
  const float* x;
  std::int64_t ldx, n_in;
  std::int64_t next_tile;  ///< bytes to the same place in the rows that come next; 0: they are no weights in memory
};

/// kFloatRows × kTokens outputs; y[t · ldy + r] for r < n_rows.
template <DType kDType, int kTokens>
HEARTH_INLINE void float_tile(const FloatTile& tile, std::int64_t n_rows, const float* bias, float* y,
                              std::int64_t ldy) {
  using Row = FloatRow<kDType>;
  F32 sums[kTokens][kFloatRows];
  unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA {
    unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA { sums[t][r] = F32::zero(); });
  });
  std::int64_t i = 0;
  for (; i + F32::kLanes <= tile.n_in; i += F32::kLanes) {
    F32 w[kFloatRows];
    if constexpr (kTokens == 1) {
      // A row is a page or a few: the processor's own prefetching begins anew at each and comes too late.
      if (tile.next_tile != 0 && i * Row::kBytes % 64 == 0) {
        unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA {
          __builtin_prefetch(tile.w[r] + tile.next_tile + i * Row::kBytes, 0, 2);
        });
      }
    }
    unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA { w[r] = Row::load(tile.w[r], i); });
    unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA {
      const F32 x = F32::load(tile.x + t * tile.ldx + i);
      unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA { sums[t][r] = fma(w[r], x, sums[t][r]); });
    });
  }
  if (const std::int64_t rest = tile.n_in - i; rest > 0) {
    F32 w[kFloatRows];
    unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA { w[r] = Row::load_part(tile.w[r], i, rest); });
    unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA {
      const F32 x = load_part(tile.x + t * tile.ldx + i, rest);
      unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA { sums[t][r] = fma(w[r], x, sums[t][r]); });
    });
  }
  unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA {
    alignas(16) float totals[4];
    _mm_store_ps(totals, sums_of_four(sums[t][0], sums[t][1], sums[t][2], sums[t][3]));
    for (std::int64_t r = 0; r < n_rows; ++r) y[t * ldy + r] = bias != nullptr ? totals[r] + bias[r] : totals[r];
  });
}

/// All tokens, in tiles of kTokens and then smaller ones.
template <DType kDType, int kTokens>
void float_tokens(FloatTile tile, std::int64_t n_tokens, std::int64_t n_rows, const float* bias, float* y,
                  std::int64_t ldy) {
  for (; n_tokens >= kTokens; n_tokens -= kTokens) {
    float_tile<kDType, kTokens>(tile, n_rows, bias, y, ldy);
    tile.x += kTokens * tile.ldx;
    y += kTokens * ldy;
  }
  if constexpr (kTokens > 1) {
    if (n_tokens > 0) float_tokens<kDType, kTokens - 1>(tile, n_tokens, n_rows, bias, y, ldy);
  }
}

/// Above this many tokens a row that is not F32 is converted once and then used as F32.
inline constexpr std::int64_t kConvertAbove = 2;

template <DType kDType>
void matmul_float(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch) {
  constexpr bool kQuantised = kDType > DType::kBF16;
  for (std::int64_t o = row_begin; o < row_end; o += kFloatRows) {
    const std::int64_t n_rows = smaller(kFloatRows, row_end - o);
    const float* bias = task.bias != nullptr ? task.bias + o : nullptr;
    FloatTile tile{{}, task.x, task.ldx, task.n_in, 0};
    const auto row = [&](int r)
                         HEARTH_INLINE_LAMBDA {  // past the end the last row once more: its results are not stored
                           return task.w + static_cast<std::size_t>(o + smaller(r, n_rows - 1)) * task.w_row_bytes;
                         };
    if constexpr (kDType != DType::kF32) {
      if (kQuantised || task.n_tokens > kConvertAbove) {
        auto* floats = reinterpret_cast<float*>(scratch);
        const std::int64_t stride = chunks(task.n_in) * kChunk;
        for (int r = 0; r < kFloatRows; ++r) {
          if (r < n_rows) dequantize_row<kDType>(row(r), task.n_in, floats + r * stride);
          tile.w[r] = reinterpret_cast<const std::byte*>(floats + smaller(r, n_rows - 1) * stride);
        }
        float_tokens<DType::kF32, kTokenTile>(tile, task.n_tokens, n_rows, bias, task.y + o, task.ldy);
        continue;
      }
    }
    if constexpr (!kQuantised) {
      unroll<kFloatRows>([&](auto r) HEARTH_INLINE_LAMBDA { tile.w[r] = row(r); });
      tile.next_tile = kFloatRows * static_cast<std::int64_t>(task.w_row_bytes);
      constexpr int kTokens = kDType == DType::kF32 ? kTokenTile : static_cast<int>(kConvertAbove);
      float_tokens<kDType, kTokens>(tile, task.n_tokens, n_rows, bias, task.y + o, task.ldy);
    }
  }
}

/// Room for kFloatRows rows as float32, or a panel of generic/matmul_int8_panel.h: kPanelRows rows of bytes, scales and
/// minima.
inline std::size_t scratch_bytes(std::int64_t n_in) {
  const auto values = static_cast<std::size_t>(chunks(n_in) * kChunk);
  const std::size_t floats = kFloatRows * values * sizeof(float);
  const std::size_t panel = kPanelRows * (values + 2 * sizeof(float) * values / 16);
  return floats > panel ? floats : panel;
}

/// Enters the function of every dtype in the table.
HEARTH_INLINE void enter_matmul_float(KernelTable& table) {
  constexpr int kFirst = 0;
  unroll<kWeightDTypeCount>([&](auto i) HEARTH_INLINE_LAMBDA {
    constexpr int kIndex = kFirst + decltype(i)::value;
    table.matmul_float[kIndex] = matmul_float<static_cast<DType>(kIndex)>;
  });
}

}  // namespace
}  // namespace hearth
