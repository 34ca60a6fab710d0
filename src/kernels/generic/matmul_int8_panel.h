// The same product as generic/matmul_int8.h, bit for bit, for many tokens: kPanelRows rows of weights are unpacked once
// into a panel in which lane r of every vector belongs to row r, and then meet all tokens, a tile of kPanelTokens at a
// time. No sum across lanes is needed.
#pragma once

#include "kernels/generic/formats.h"
#include "kernels/generic/quantized_row.h"

namespace hearth {
namespace {

/// What the products of a panel depend on. Formats that agree in this share the code; the offset is a number at run
/// time.
template <int kGroupOf, int kBitsOf, bool kMinimum>
struct PanelKind {
  static constexpr int kGroup = kGroupOf;
  static constexpr int kBits = kBitsOf;
  static constexpr bool kHasMinimum = kMinimum;
  // A group in a panel: kGroup / 4 vectors of four quants a row, the scales, and the minima if there are any.
  static constexpr int kSteps = kGroup / 4;
  static constexpr std::size_t kVector = kPanelRows * 4;
  static constexpr std::size_t kBytes = kVector * (kSteps + (kHasMinimum ? 2 : 1));
};
template <DType kDType>
using PanelOf = PanelKind<Format<kDType>::kGroup, kProductBits<Format<kDType>::kBits>, Format<kDType>::kHasMinimum>;

/// Unpacks n_rows rows from row 0 on; groups lie lane-major, as in GroupOrder::kLaneMajor. Missing rows become zeros.
template <DType kDType>
HEARTH_INLINE void fill_panel(const std::byte* w, std::size_t w_row_bytes, std::int64_t n_rows, std::int64_t n_in,
                              std::byte* panel) {
  using F = Format<kDType>;
  using P = PanelOf<kDType>;
  constexpr int kGroups = 256 / F::kGroup;
  constexpr int kColumns = kPanelRows * 4;  // bytes of a row that one transposition takes
  const std::int64_t n_chunks = chunks(n_in);
  alignas(64) std::byte quants[kPanelRows][256] = {};
  alignas(64) float d[kPanelRows][kGroups] = {};
  alignas(64) float m[kPanelRows][kGroups] = {};
  for (std::int64_t c = 0; c < n_chunks; ++c) {
    for (std::int64_t r = 0; r < n_rows; ++r) {
      Chunk<F::kGroup> chunk;
      unpack_first<kDType>(w + static_cast<std::size_t>(r) * w_row_bytes + static_cast<std::size_t>(c) * F::kChunkBytes,
                           n_in - c * kChunk, chunk);
      unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA { chunk.q[i].store(quants[r] + 64 * i); });
      chunk.d.store(d[r]);
      if constexpr (F::kHasMinimum) chunk.m.store(m[r]);
    }
    const auto group = [&](int g) HEARTH_INLINE_LAMBDA {
      return panel + static_cast<std::size_t>(g * n_chunks + c) * P::kBytes;
    };
    for (int column = 0; column < 256; column += kColumns) {
      PanelBytes vectors[kPanelRows];
      transpose(quants[0] + column, 256, vectors);
      unroll<kPanelRows>([&](auto k) HEARTH_INLINE_LAMBDA {
        const int first = column + 4 * k;
        store_panel(vectors[k],
                    group(first / F::kGroup) + P::kVector * static_cast<std::size_t>(first % F::kGroup / 4));
      });
    }
    for (int g = 0; g < kGroups; ++g) {
      auto* scales = reinterpret_cast<float*>(group(g) + P::kVector * P::kSteps);
      for (int r = 0; r < kPanelRows; ++r) scales[r] = d[r][g];
      if constexpr (F::kHasMinimum) {
        for (int r = 0; r < kPanelRows; ++r) scales[kPanelRows + r] = m[r][g];
      }
    }
  }
}

/// The sums over the groups g of all chunks, for kTokens tokens: totals[t].
template <typename P, int kTokens>
HEARTH_INLINE void add_groups(const std::byte* panel, const QuantizedRow (&x)[kTokens], int offset, std::int64_t g,
                              std::int64_t n_chunks, F32 (&totals)[kTokens]) {
  unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA { totals[t] = F32::zero(); });
  for (std::int64_t place = g * n_chunks; place < (g + 1) * n_chunks; ++place) {
    const std::byte* group = panel + static_cast<std::size_t>(place) * P::kBytes;
    ProductSum<P::kBits> products[kTokens];
    unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA { products[t].clear(); });
    unroll<P::kSteps>([&](auto step) HEARTH_INLINE_LAMBDA {
      const PanelBytes w = load_panel(group + P::kVector * static_cast<std::size_t>(step));
      unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA {
        products[t].add(step, P::kSteps, w, broadcast_four(x[t].q + place * P::kGroup + 4 * step));
      });
    });
    const auto* scales = reinterpret_cast<const float*>(group + P::kVector * P::kSteps);
    const F32 d = F32::load(scales);
    unroll<kTokens>([&](auto t) HEARTH_INLINE_LAMBDA {
      // Formats with a minimum have no offset.
      F32::Ints integers = products[t].result();
      if constexpr (!P::kHasMinimum) integers = integers - F32::Ints::set1(offset * x[t].sum[place]);
      totals[t] = fma(F32::from(integers), d * F32::set1(x[t].scale[place]), totals[t]);
      if constexpr (P::kHasMinimum) {
        totals[t] = fma(F32::load(scales + kPanelRows), F32::set1(x[t].scaled_sum[place]), totals[t]);
      }
    });
  }
}

/// kTokens tokens from t on against a panel of n_rows rows that begins with row o.
template <typename P, int kTokens>
void panel_tile(const std::byte* panel, const MatmulTask& task, int offset, std::int64_t t, std::int64_t o,
                std::int64_t n_rows) {
  constexpr int kGroups = 256 / P::kGroup;
  const std::int64_t n_chunks = chunks(task.n_in);
  const std::size_t stride = quantized_row_bytes(task.n_in, P::kGroup);
  QuantizedRow x[kTokens];
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    x[i] = quantized_row<P::kGroup>(task.quantized + static_cast<std::size_t>(t + i) * stride, n_chunks);
  });
  // As `sum` adds lanes: groups q, q + 4, q + 8 … first, then these four.
  F32 results[kTokens];
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA { results[i] = F32::zero(); });
  for (int q = 0; q < 4; ++q) {
    F32 quarter[kTokens];
    add_groups<P>(panel, x, offset, q, n_chunks, quarter);
    for (int g = q + 4; g < kGroups; g += 4) {
      F32 more[kTokens];
      add_groups<P>(panel, x, offset, g, n_chunks, more);
      unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA { quarter[i] = quarter[i] + more[i]; });
    }
    unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA { results[i] = q == 0 ? quarter[i] : results[i] + quarter[i]; });
  }
  const F32 bias = task.bias != nullptr ? load_part(task.bias + o, n_rows) : F32::zero();
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    if (task.bias != nullptr) results[i] = results[i] + bias;
    float* y = task.y + (t + i) * task.ldy + o;
    if (n_rows == kPanelRows) {
      results[i].store(y);
    } else {
      store_part(results[i], y, n_rows);
    }
  });
}

template <typename P, int kTokens>
void panel_tokens(const std::byte* panel, const MatmulTask& task, int offset, std::int64_t t, std::int64_t o,
                  std::int64_t n_rows) {
  for (; t + kTokens <= task.n_tokens; t += kTokens) panel_tile<P, kTokens>(panel, task, offset, t, o, n_rows);
  if constexpr (kTokens > 1) {
    if (t < task.n_tokens) panel_tokens<P, kTokens / 2>(panel, task, offset, t, o, n_rows);
  }
}

template <DType kDType>
void matmul_int8_panel(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch) {
  for (std::int64_t o = row_begin; o < row_end; o += kPanelRows) {
    const std::int64_t n_rows = smaller(kPanelRows, row_end - o);
    fill_panel<kDType>(task.w + static_cast<std::size_t>(o) * task.w_row_bytes, task.w_row_bytes, n_rows, task.n_in,
                       scratch);
    panel_tokens<PanelOf<kDType>, kPanelTokens>(scratch, task, Format<kDType>::kOffset, 0, o, n_rows);
  }
}

/// Enters the function of every dtype in the table.
HEARTH_INLINE void enter_matmul_int8_panel(KernelTable& table) {
  constexpr int kFirst = static_cast<int>(DType::kQ4_0);
  unroll<kWeightDTypeCount - static_cast<int>(DType::kQ4_0)>([&](auto i) HEARTH_INLINE_LAMBDA {
    constexpr int kIndex = kFirst + decltype(i)::value;
    table.matmul_int8_panel[kIndex] = matmul_int8_panel<static_cast<DType>(kIndex)>;
  });
}

}  // namespace
}  // namespace hearth
