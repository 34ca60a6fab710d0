// The product of generic/matmul_packed.h, bit for bit, for many tokens and a processor that multiplies tiles of bytes:
// 16 rows of packed weights are unpacked once into a panel whose groups are tiles, and meet 16 tokens at a time. A tile
// product gives the integer sums of one group, which are exact; scales, minima and their order are those of the other
// kernel, so that a token's results do not depend on which of the two it met.
//
// `Tiles` is the processor's (amx/tiles.h) or an emulation (amx/emulated_tiles.h):
//   configure(rows, columns)   tiles 0–3: sums, rows × 16 int32; 4–5: rows × columns bytes; 6–7: columns / 4 × 64 bytes
//   clear<t>(), load<t>(p, stride), store<t>(p, stride)
//   multiply<sums, a, b>()     sums[m][n] += Σ a[m][k] · b[k / 4][4 n + k % 4], signed bytes
//   release()                  leaves the tiles unconfigured
#pragma once

#include "kernels/generic/matmul_packed.h"

namespace hearth {
namespace {

inline constexpr int kTileTokens = 16;
/// From so many tokens on unpacking for the tiles pays; fewer go to the other kernel.
inline constexpr std::int64_t kTileMinTokens = 8;
/// Panels that meet a tile of tokens one after the other: they stay in the second-level cache.
inline constexpr std::size_t kTilePanelBytes = 512 << 10;
inline constexpr std::int64_t kMostTilePanels = 8;
/// Products under way together: one takes about 50 cycles, a new one can begin every 16.
inline constexpr int kTilesUnderWay = 4;

/// What the products of a panel depend on. A group in a panel: steps vectors of four signed quants a row, the scales,
/// and the minima if there are any.
template <int kGroupOf, bool kMinimum>
struct TileKind {
  static constexpr int kGroup = kGroupOf;
  static constexpr bool kHasMinimum = kMinimum;
  static constexpr std::size_t kQuantBytes = 16 * kGroup;
  static constexpr std::size_t kGroupBytes = kQuantBytes + (kHasMinimum ? 128 : 64);
  static constexpr std::size_t bytes(std::int64_t n_in) {
    return static_cast<std::size_t>(n_in / kGroup) * kGroupBytes;
  }
};
template <DType kDType>
using TileKindOf = TileKind<Packed<kDType>::kGroup, Packed<kDType>::kHasMinimum>;

/// Panels in a block, and the bytes of the scratch memory: the panels, and the scales and scaled sums of 16 tokens.
constexpr std::int64_t tile_panels(std::size_t panel_bytes) {
  const auto n = static_cast<std::int64_t>(kTilePanelBytes / panel_bytes);
  return n < 1 ? 1 : smaller(n, kMostTilePanels);
}
constexpr std::size_t token_table_bytes(std::int64_t n_in, int group) {
  return static_cast<std::size_t>(chunks(n_in) * (kChunk / group) + kTileTokens) * kTileTokens * sizeof(float);
}
std::size_t tile_scratch_bytes(std::int64_t n_in) {
  // Groups of 16 take the most, both as panels and as tables.
  const std::size_t widest = static_cast<std::size_t>(n_in / 16) * 64 * 6;
  return (widest > kTilePanelBytes ? widest : kTilePanelBytes) + 2 * token_table_bytes(n_in, 16);
}

/// Unpacks the rows of a tile of packed weights; quants come out signed.
template <DType kDType>
void fill_tile_panel(const std::byte* tile, std::int64_t n_in, std::byte* panel) {
  using P = Packed<kDType>;
  for (std::int64_t left = n_in / P::kGroup; left > 0; left -= P::kGroupsAChunk) {
    const std::int64_t n_groups = smaller(left, P::kGroupsAChunk);
    const ScaleReader<P::kScales> reader(tile, 0);
    tile += n_groups == P::kGroupsAChunk ? P::kScaleBytes : packed_layout(kDType).scale_bytes(n_groups);
    for (std::int64_t g = 0; g < n_groups; ++g) {
      P::each_step(tile, [&](auto step, auto, PanelBytes w)
                             HEARTH_INLINE_LAMBDA { store_panel(minus(w, P::F::kOffset), panel + 64 * step); });
      auto* scales = reinterpret_cast<float*>(panel + TileKindOf<kDType>::kQuantBytes);
      reader.d(g).store(scales);
      if constexpr (P::kHasMinimum) reader.m(g).store(scales + kPanelRows);
      tile += P::kQuantBytes;
      panel += TileKindOf<kDType>::kGroupBytes;
    }
  }
}

/// Tokens that meet a panel together.
struct TileTokens {
  const std::byte* quantized;  ///< of the first
  std::size_t stride;          ///< of their rounded activations
  std::int64_t n;              ///< at most kTileTokens
  const float* scales;         ///< [n_groups][kTileTokens]
  const float* scaled_sums;    ///< the same; formats with a minimum
};

/// Writes the numbers at `p`, a row each token, token by token for each group: [n_groups][kTileTokens]. Where there are
/// fewer tokens the last one stands for the missing.
HEARTH_INLINE void transpose_tokens(const std::byte* p, std::size_t stride, std::int64_t n_tokens,
                                    std::int64_t n_groups, float* out) {
  for (std::int64_t g = 0; g < n_groups; g += kPanelRows) {
    PanelBytes vectors[kPanelRows];
    const auto row = [&](int i) HEARTH_INLINE_LAMBDA {
      return p + static_cast<std::size_t>(smaller(i, n_tokens - 1)) * stride + 4 * g;
    };
    transpose(row, vectors);
    unroll<kPanelRows>([&](auto k) HEARTH_INLINE_LAMBDA {
      store_panel(vectors[k], reinterpret_cast<std::byte*>(out + (g + k) * kTileTokens));
    });
  }
}

/// The tokens from number t of the task on against a panel whose first row is o. REQUIRES: Tiles::configure(x.n,
/// group).
template <typename P, typename Tiles>
void tile_tokens(const std::byte* panel, const MatmulTask& task, const TileTokens& x, std::int64_t t, std::int64_t o,
                 std::int64_t n_rows) {
  const std::int64_t n_groups = task.n_in / P::kGroup;
  alignas(64) std::int32_t sums[2][kTilesUnderWay][kTileTokens][kPanelRows];
  if (x.n < kTileTokens)
    __builtin_memset(sums, 0, sizeof(sums));  // nothing is stored for the tokens that are not there
  F32 totals[kTileTokens];
  unroll<kTileTokens>([&](auto i) HEARTH_INLINE_LAMBDA { totals[i] = F32::zero(); });
  // Copies: the compiler takes every tile for one that may change what `x` holds.
  const std::byte* quantized = x.quantized;
  const std::size_t stride = x.stride;
  const auto multiply = [&](std::int64_t first) HEARTH_INLINE_LAMBDA {
    auto& to = sums[first / kTilesUnderWay % 2];
    unroll<kTilesUnderWay>([&](auto i) HEARTH_INLINE_LAMBDA {
      if (first + i >= n_groups) return;
      constexpr int kA = 4 + i % 2;
      constexpr int kB = 6 + i % 2;
      Tiles::template clear<i>();
      Tiles::template load<kA>(quantized + (first + i) * P::kGroup, stride);
      Tiles::template load<kB>(panel + static_cast<std::size_t>(first + i) * P::kGroupBytes, 64);
      Tiles::template multiply<i, kA, kB>();
    });
    unroll<kTilesUnderWay>([&](auto i) HEARTH_INLINE_LAMBDA {
      if (first + i < n_groups) Tiles::template store<i>(to[i], 64);
    });
  };
  const auto add_up = [&](std::int64_t g) HEARTH_INLINE_LAMBDA {
    const auto& from = sums[g / kTilesUnderWay % 2][g % kTilesUnderWay];
    const auto* scales =
        reinterpret_cast<const float*>(panel + static_cast<std::size_t>(g) * P::kGroupBytes + P::kQuantBytes);
    const F32 d = F32::load(scales);
    unroll<kTileTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
      totals[i] = fma(F32::from(F32::Ints::load(from[i])), d * F32::set1(x.scales[g * kTileTokens + i]), totals[i]);
    });
    if constexpr (P::kHasMinimum) {
      const F32 m = F32::load(scales + kPanelRows);
      unroll<kTileTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
        totals[i] = fma(m, F32::set1(x.scaled_sums[g * kTileTokens + i]), totals[i]);
      });
    }
  };
  // The tiles of some groups multiply while the groups before them are scaled.
  multiply(0);
  for (std::int64_t g = 0; g < n_groups; g += kTilesUnderWay) {
    if (g + kTilesUnderWay < n_groups) multiply(g + kTilesUnderWay);
    for (std::int64_t i = g; i < smaller(g + kTilesUnderWay, n_groups); ++i) add_up(i);
  }
  const F32 bias = task.bias != nullptr ? load_part(task.bias + o, n_rows) : F32::zero();
  unroll<kTileTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    if (i >= x.n) return;
    if (task.bias != nullptr) totals[i] = totals[i] + bias;
    store_part(totals[i], task.y + (t + i) * task.ldy + o, n_rows);
  });
}

/// Rows [row_begin, row_end), whose panels lie at `panels`, against the tokens [t, t + n).
template <typename P, typename Tiles>
void tile_block(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::int64_t t, std::int64_t n,
                const std::byte* panels, float* tables) {
  const std::int64_t n_groups = chunks(task.n_in) * (kChunk / P::kGroup);
  const std::size_t stride = quantized_row_bytes(task.n_in, P::kGroup);
  const std::byte* quantized = task.quantized + static_cast<std::size_t>(t) * stride;
  const std::byte* row_tables = quantized + chunks(task.n_in) * kChunk;
  float* scaled_sums = tables + token_table_bytes(task.n_in, P::kGroup) / sizeof(float);
  transpose_tokens(row_tables, stride, n, n_groups, tables);
  if constexpr (P::kHasMinimum) transpose_tokens(row_tables + 8 * n_groups, stride, n, n_groups, scaled_sums);
  const TileTokens x{quantized, stride, n, tables, scaled_sums};
  Tiles::configure(static_cast<int>(n), P::kGroup);
  for (std::int64_t o = row_begin; o < row_end; o += kPackedRows, panels += P::bytes(task.n_in)) {
    tile_tokens<P, Tiles>(panels, task, x, t, o, smaller(kPackedRows, row_end - o));
  }
}

/// `kVectors` is the table of the same vectors without tiles, whose products take what is too few for a tile.
template <DType kDType, typename Tiles, const KernelTable* (*kVectors)()>
void matmul_packed_tiles(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch) {
  using P = TileKindOf<kDType>;
  const MatmulFn few = kVectors()->matmul_packed[static_cast<int>(kDType)];
  if (task.n_tokens < kTileMinTokens) {
    few(task, row_begin, row_end, nullptr);
    return;
  }
  const std::int64_t rest = task.n_tokens % kTileTokens;
  const std::int64_t n_tiled = rest < kTileMinTokens ? task.n_tokens - rest : task.n_tokens;
  MatmulTask last = task;
  last.n_tokens = task.n_tokens - n_tiled;
  last.quantized += static_cast<std::size_t>(n_tiled) * quantized_row_bytes(task.n_in, P::kGroup);
  last.y += n_tiled * task.ldy;

  const std::size_t panel_bytes = P::bytes(task.n_in);
  const std::int64_t rows = kPackedRows * tile_panels(panel_bytes);
  auto* tables = reinterpret_cast<float*>(scratch);
  std::byte* panels = scratch + 2 * token_table_bytes(task.n_in, P::kGroup);
  for (std::int64_t begin = row_begin; begin < row_end; begin += rows) {
    const std::int64_t end = smaller(begin + rows, row_end);
    for (std::int64_t o = begin; o < end; o += kPackedRows) {
      fill_tile_panel<kDType>(task.w + static_cast<std::size_t>(o / kPackedRows) * task.w_row_bytes, task.n_in,
                              panels + static_cast<std::size_t>((o - begin) / kPackedRows) * panel_bytes);
    }
    for (std::int64_t t = 0; t < n_tiled; t += kTileTokens) {
      tile_block<P, Tiles>(task, begin, end, t, smaller(kTileTokens, n_tiled - t), panels, tables);
    }
    if (last.n_tokens > 0) few(last, begin, end, nullptr);
  }
  Tiles::release();
}

/// Replaces the products of packed weights in a table that is otherwise kVectors().
template <typename Tiles, const KernelTable* (*kVectors)()>
HEARTH_INLINE void enter_matmul_packed_tiles(KernelTable& table) {
  constexpr int kFirst = static_cast<int>(DType::kQ4_0);
  unroll<kWeightDTypeCount - kFirst>([&](auto i) HEARTH_INLINE_LAMBDA {
    constexpr auto kDType = static_cast<DType>(kFirst + decltype(i)::value);
    if constexpr (has_packed_layout(kDType)) {
      table.matmul_packed[kFirst + i] = matmul_packed_tiles<kDType, Tiles, kVectors>;
    }
  });
  table.packed_scratch_bytes = tile_scratch_bytes;
}

}  // namespace
}  // namespace hearth
