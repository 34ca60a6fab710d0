// y = x · wᵀ with packed weights (packed_layout.h) and activations rounded to 8 bits, for any number of tokens: lane r
// of every vector belongs to row r of a tile, so no sum across lanes is needed and one token costs as little as its
// share of many.
//
// The order of summation is the same whatever the number of tokens: the products of a group are summed as integers,
// which is exact; the groups are summed in float32 from the first to the last, scales before minima.
#pragma once

#include "kernels/generic/formats.h"
#include "kernels/kernel_table.h"
#include "kernels/packed_layout.h"

namespace hearth {
namespace {

/// Bytes of weights that stay in the second-level cache while all tokens pass. Two blocks find room there: while the
/// last tokens pass one, the next is fetched.
inline constexpr std::int64_t kPackedBlockBytes = 96 << 10;

/// From so many tokens on lines are asked for this far ahead: with more work a line the processor's own window is too
/// short to hide the memory. One token is quicker without, but for quants of whole bytes, whose lines it asks for so
/// quickly that only the second-level cache can wait for enough of them.
inline constexpr int kPrefetchTokens = 2;
inline constexpr std::int64_t kPrefetchBytes = 4096;
inline constexpr std::int64_t kPrefetchBytesOfOne = 8192;

/// From so many tokens on the second-level cache is asked for what lies further ahead, too: then the memory is read
/// while the processor is busy with products.
inline constexpr int kFetchTokens = 4;
inline constexpr std::int64_t kFetchBytes = 16384;

/// The scales and minima of the groups of one chunk, for the kPanelRows rows from `row` on.
template <PackedScales kScales>
struct ScaleReader;

template <>
struct ScaleReader<PackedScales::kOne> {
  const std::byte* p;
  HEARTH_INLINE ScaleReader(const std::byte* scales, int row) : p(scales + 2 * row) {}
  HEARTH_INLINE F32 d(std::int64_t g) const { return F32::from_f16(p + 32 * g); }
};
template <>
struct ScaleReader<PackedScales::kTwo> {
  const std::byte* p;
  HEARTH_INLINE ScaleReader(const std::byte* scales, int row) : p(scales + 2 * row) {}
  HEARTH_INLINE F32 d(std::int64_t g) const { return F32::from_f16(p + 64 * g); }
  HEARTH_INLINE F32 m(std::int64_t g) const { return F32::from_f16(p + 64 * g + 32); }
};
template <>
struct ScaleReader<PackedScales::kSuper> {
  alignas(64) std::uint8_t scale[128];
  alignas(64) std::uint8_t minimum[128];
  F32 one, minus;
  int row;
  HEARTH_INLINE ScaleReader(const std::byte* scales, int first_row)
      : one(F32::from_f16(scales + 2 * first_row)),
        minus(F32::from_f16(scales + 32 + 2 * first_row) * F32::set1(-1)),
        row(first_row) {
    const Bytes64 low0 = load_twice_32(scales + 64, 32);
    const Bytes64 low1 = load_twice_32(scales + 128, 32);
    const Bytes64 high = load_twice_32(scales + 192, 32);
    ((low0 & 15) | shift_left(high & 3, 4)).store(scale);
    ((low1 & 15) | (high & 0x30)).store(scale + 64);
    ((shift_right(low0, 4) & 15) | shift_left(high & 12, 2)).store(minimum);
    ((shift_right(low1, 4) & 15) | shift_right(high & 0xC0, 2)).store(minimum + 64);
  }
  HEARTH_INLINE F32 d(std::int64_t g) const { return one * F32::from_u8(scale + 16 * g + row); }
  HEARTH_INLINE F32 m(std::int64_t g) const { return minus * F32::from_u8(minimum + 16 * g + row); }
};
template <>
struct ScaleReader<PackedScales::kSuper8> {
  F32 one;
  const std::byte* p;
  HEARTH_INLINE ScaleReader(const std::byte* scales, int row)
      : one(F32::from_f16(scales + 2 * row)), p(scales + 32 + row) {}
  HEARTH_INLINE F32 d(std::int64_t g) const { return one * F32::from_s8(p + 16 * g); }
};

/// What the loops over a group need to know of a dtype.
template <DType kDType>
struct Packed {
  using F = Format<kDType>;
  // Plain numbers: g++ 12 takes a constexpr struct in nested lambdas for uninitialised.
  static constexpr PackedScales kScales = packed_layout(kDType).scales;
  static constexpr int kGroup = packed_layout(kDType).group;
  static constexpr int kSteps = packed_layout(kDType).steps();
  static constexpr int kHighBits = packed_layout(kDType).high_bits;
  static constexpr bool kWholeBytes = packed_layout(kDType).bytes;
  static constexpr std::size_t kQuantBytes = packed_layout(kDType).quant_bytes();
  static constexpr std::int64_t kGroupsAChunk = packed_layout(kDType).groups_a_chunk();
  static constexpr std::size_t kScaleBytes = packed_layout(kDType).scale_bytes(kGroupsAChunk);
  static constexpr int kBits = kProductBits<F::kBits>;
  static constexpr int kVector = 64;
  static constexpr bool kHasMinimum = F::kHasMinimum;

  /// f(step, order, quants of the step) for each step of the group at p; `order` counts the calls.
  template <typename Each>
  HEARTH_INLINE static void each_step(const std::byte* p, const Each& f) {
    if constexpr (kWholeBytes) {
      unroll<kSteps>([&](auto s) HEARTH_INLINE_LAMBDA { f(s, s, from_moved(load_panel(p + kVector * s))); });
    } else {
      PanelBytes bits{};
      if constexpr (kHighBits > 0) bits = load_panel(p + kVector * (kSteps / 2));
      unroll<kSteps / 2>([&](auto s) HEARTH_INLINE_LAMBDA {
        constexpr int kHigh = s + kSteps / 2;
        const PanelBytes both = load_panel(p + kVector * s);
        f(s, Index<2 * s>{}, finished<s>(low_nibbles(both), bits));
        f(Index<kHigh>{}, Index<2 * s + 1>{}, finished<kHigh>(high_nibbles(both), bits));
      });
    }
  }

 private:
  template <int kStep>
  HEARTH_INLINE static PanelBytes finished(PanelBytes nibbles, PanelBytes bits) {
    if constexpr (kDType == DType::kIQ4_NL) return look_up_panel(kIq4Values, nibbles);
    if constexpr (kHighBits == 0) {
      return nibbles;
    } else {
      return add_bits<kHighBits, kStep>(nibbles, bits);
    }
  }
};

/// kTokens tokens from t on against the rows [o, o + n_rows) of a tile, of which `row` is the first one's number in the
/// tile; n_rows <= kPanelRows. What lies `fetch` bytes behind comes into the second-level cache meanwhile (0: nothing).
template <DType kDType, int kTokens>
void packed_tile(const std::byte* tile, int row, const MatmulTask& task, std::int64_t t, std::int64_t o,
                 std::int64_t n_rows, std::int64_t fetch) {
  using P = Packed<kDType>;
  const std::int64_t n_chunks = chunks(task.n_in);
  const std::size_t stride = quantized_row_bytes(task.n_in, P::kGroup);
  const std::int64_t table_bytes = n_chunks * P::kGroupsAChunk * 4;
  const std::byte* x[kTokens];  // the quants of each token; its scales follow at `scales`
  F32 totals[kTokens];
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    x[i] = task.quantized + static_cast<std::size_t>(t + i) * stride;
    totals[i] = F32::zero();
  });
  const std::int64_t scales = n_chunks * kChunk;
  std::int64_t group = 0;
  for (std::int64_t left = task.n_in / P::kGroup; left > 0; left -= P::kGroupsAChunk) {
    const std::int64_t n_groups = smaller(left, P::kGroupsAChunk);
    const ScaleReader<P::kScales> reader(tile, row);
    tile += n_groups == P::kGroupsAChunk ? P::kScaleBytes : packed_layout(kDType).scale_bytes(n_groups);
    for (std::int64_t g = 0; g < n_groups; ++g, ++group) {
      if constexpr (kTokens >= kPrefetchTokens || P::kWholeBytes) {
        constexpr std::int64_t kAhead = kTokens >= kPrefetchTokens ? kPrefetchBytes : kPrefetchBytesOfOne;
        constexpr int kLevel = kTokens >= kPrefetchTokens ? 3 : 2;  // of __builtin_prefetch: first or second cache
        unroll<static_cast<int>(P::kQuantBytes / 64)>(
            [&](auto i) HEARTH_INLINE_LAMBDA { __builtin_prefetch(tile + kAhead + 64 * i, 0, kLevel); });
      }
      if (fetch != 0) {
        unroll<static_cast<int>(P::kQuantBytes / 64)>(
            [&](auto i) HEARTH_INLINE_LAMBDA { __builtin_prefetch(tile + fetch + 64 * i, 0, 2); });
      }
      ProductSum<P::kBits> products[kTokens];
      unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
        if constexpr (P::F::kOffset != 0) {
          products[i].start(read<std::int32_t>(x[i] + scales + table_bytes + 4 * group));
        } else {
          products[i].clear();
        }
      });
      P::each_step(tile + 4 * row, [&](auto step, auto order, PanelBytes w) HEARTH_INLINE_LAMBDA {
        unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
          const auto* a = reinterpret_cast<const std::int8_t*>(x[i] + group * P::kGroup);
          products[i].add(order, P::kSteps, w, broadcast_four(a + 4 * step));
        });
      });
      tile += P::kQuantBytes;
      const F32 d = reader.d(g);
      unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
        const F32 scale = F32::set1(read<float>(x[i] + scales + 4 * group));
        totals[i] = fma(F32::from(products[i].result()), d * scale, totals[i]);
      });
      if constexpr (P::kHasMinimum) {
        const F32 m = reader.m(g);
        unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
          const F32 scaled_sum = F32::set1(read<float>(x[i] + scales + 2 * table_bytes + 4 * group));
          totals[i] = fma(m, scaled_sum, totals[i]);
        });
      }
    }
  }
  const F32 bias = task.bias != nullptr ? load_part(task.bias + o, n_rows) : F32::zero();
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    if (task.bias != nullptr) totals[i] = totals[i] + bias;
    float* y = task.y + (t + i) * task.ldy + o;
    if (n_rows == kPanelRows) {
      totals[i].store(y);
    } else {
      store_part(totals[i], y, n_rows);
    }
  });
}

/// Rows that all tokens pass before the next ones come.
struct PackedBlock {
  std::int64_t begin, end;
  std::int64_t next;  ///< bytes to the block that is to be fetched meanwhile; 0: none is
  bool is_cold;       ///< nothing has fetched this one
};

/// The tokens [t, end): their activations stay in the first-level cache while the tiles pass, front to back.
template <DType kDType, int kTokens>
void packed_tokens(const MatmulTask& task, const PackedBlock& block, std::int64_t t, std::int64_t end) {
  for (; t + kTokens <= end; t += kTokens) {
    std::int64_t fetch = 0;
    if (kTokens >= kFetchTokens && block.is_cold && t == 0) fetch = kFetchBytes;
    if (kTokens == kPackedTokens && block.next != 0 && t + 2 * kTokens > end) fetch = block.next;
    for (std::int64_t o = block.begin; o < block.end; o += kPackedRows) {
      const std::byte* tile = task.w + static_cast<std::size_t>(o / kPackedRows) * task.w_row_bytes;
      for (int row = 0; row < kPackedRows && o + row < block.end; row += kPanelRows) {
        packed_tile<kDType, kTokens>(tile, row, task, t, o + row, smaller(kPanelRows, block.end - o - row), fetch);
      }
    }
  }
  if constexpr (kTokens > 1) {
    if (t < end) packed_tokens<kDType, kTokens / 2>(task, block, t, end);
  }
}

template <DType kDType>
void matmul_packed(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte*) {
  const std::int64_t tiles = kPackedBlockBytes / static_cast<std::int64_t>(task.w_row_bytes);
  const std::int64_t rows = kPackedRows * (tiles > 1 ? tiles : 1);
  const std::int64_t bytes = rows / kPackedRows * static_cast<std::int64_t>(task.w_row_bytes);
  const bool one_pass = task.n_tokens <= kPackedTokens;
  for (std::int64_t o = row_begin; o < row_end; o += rows) {
    const PackedBlock block{o, smaller(o + rows, row_end), one_pass || o + rows >= row_end ? 0 : bytes,
                            one_pass || o == row_begin};
    packed_tokens<kDType, kPackedTokens>(task, block, 0, task.n_tokens);
  }
}

template <DType kDType>
HEARTH_INLINE void enter_packed(KernelTable& table) {
  constexpr int kIndex = static_cast<int>(kDType);
  if constexpr (has_packed_layout(kDType)) {
    table.matmul_packed[kIndex] = matmul_packed<kDType>;
    table.packed_offset[kIndex] = Format<kDType>::kOffset;
  }
}

/// Enters the function of every dtype that can be packed in the table.
HEARTH_INLINE void enter_matmul_packed(KernelTable& table) {
  constexpr int kFirst = static_cast<int>(DType::kQ4_0);
  unroll<kWeightDTypeCount - kFirst>(
      [&](auto i) HEARTH_INLINE_LAMBDA { enter_packed<static_cast<DType>(kFirst + decltype(i)::value)>(table); });
}

}  // namespace
}  // namespace hearth
