// How each quantised format becomes quants, scales and minima: the one place that knows the layouts for the fast
// kernels. Whatever the format, 256 values (a chunk: a super-block or eight small blocks) come out alike: value = d[g]
// · (q − kOffset) + m[g], g the group.
#pragma once

#include "kernels/generic/inline.h"
#include "tensor/blocks.h"
#include "tensor/dtype.h"

namespace hearth {
namespace {

template <int kGroup>
struct Chunk {
  using Floats = typename GroupVector<256 / kGroup>::Floats;
  Bytes64 q[4];
  Floats d;
  Floats m;  ///< only for formats with a minimum
};

/// What a format says of itself. kBits: bits of a quant; 8 where quants are signed, which a level may move up to
/// unsigned ones.
template <int kGroupOf, int kBitsOf, int kOffsetOf, bool kMinimum, std::size_t kBytesOf>
struct FormatFacts {
  static constexpr int kGroup = kGroupOf;
  static constexpr int kBits = kBitsOf;
  static constexpr int kOffset = kBitsOf == 8 ? (kSignedQuants ? 0 : 128) : kOffsetOf;
  static constexpr bool kSigned = kBitsOf == 8 && kSignedQuants;
  static constexpr bool kHasMinimum = kMinimum;
  static constexpr std::size_t kChunkBytes = kBytesOf;  ///< 256 values in the file
};

template <DType kDType>
struct Format;

/// Where the fields of eight small blocks are.
template <typename Block>
struct SmallBlocks {
  static constexpr std::size_t kStride = sizeof(Block);
  HEARTH_INLINE static const std::byte* field(const std::byte* p, int block, std::size_t offset) {
    return p + static_cast<std::size_t>(block) * kStride + offset;
  }
};

template <>
struct Format<DType::kQ4_0> : FormatFacts<32, 4, 8, false, 8 * sizeof(BlockQ4_0)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    using B = SmallBlocks<BlockQ4_0>;
    c.d = gather_f16(p, B::kStride);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA { c.q[i] = nibbles(B::field(p, 2 * i, 2), B::kStride); });
  }
};

template <>
struct Format<DType::kQ4_1> : FormatFacts<32, 4, 0, true, 8 * sizeof(BlockQ4_1)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    using B = SmallBlocks<BlockQ4_1>;
    c.d = gather_f16(p, B::kStride);
    c.m = gather_f16(p + 2, B::kStride);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA { c.q[i] = nibbles(B::field(p, 2 * i, 4), B::kStride); });
  }
};

template <>
struct Format<DType::kQ5_0> : FormatFacts<32, 5, 16, false, 8 * sizeof(BlockQ5_0)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    using B = SmallBlocks<BlockQ5_0>;
    c.d = gather_f16(p, B::kStride);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      c.q[i] = nibbles(B::field(p, 2 * i, 6), B::kStride) | where_bits(B::field(p, 2 * i, 2), B::kStride, 16);
    });
  }
};

template <>
struct Format<DType::kQ5_1> : FormatFacts<32, 5, 0, true, 8 * sizeof(BlockQ5_1)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    using B = SmallBlocks<BlockQ5_1>;
    c.d = gather_f16(p, B::kStride);
    c.m = gather_f16(p + 2, B::kStride);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      c.q[i] = nibbles(B::field(p, 2 * i, 8), B::kStride) | where_bits(B::field(p, 2 * i, 4), B::kStride, 16);
    });
  }
};

template <>
struct Format<DType::kQ8_0> : FormatFacts<32, 8, 0, false, 8 * sizeof(BlockQ8_0)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    using B = SmallBlocks<BlockQ8_0>;
    c.d = gather_f16(p, B::kStride);
    unroll<4>([&](auto i)
                  HEARTH_INLINE_LAMBDA { c.q[i] = from_signed(load_twice_32(B::field(p, 2 * i, 2), B::kStride)); });
  }
};

template <>
struct Format<DType::kIQ4_NL> : FormatFacts<32, 8, 0, false, 8 * sizeof(BlockIQ4_NL)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    using B = SmallBlocks<BlockIQ4_NL>;
    c.d = gather_f16(p, B::kStride);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      c.q[i] = from_signed(look_up(kIq4Values, nibbles(B::field(p, 2 * i, 2), B::kStride)));
    });
  }
};

template <>
struct Format<DType::kIQ4_XS> : FormatFacts<32, 8, 0, false, sizeof(BlockIQ4_XS)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    const auto& b = *reinterpret_cast<const BlockIQ4_XS*>(p);
    // Each nibble of scales_l and each pair of bits of scales_h to a byte of its own, by doubling the distance between
    // halves.
    std::uint64_t low = read<std::uint32_t>(b.scales_l);
    low = (low | (low << 16)) & 0x0000FFFF0000FFFFu;
    low = (low | (low << 8)) & 0x00FF00FF00FF00FFu;
    low = (low | (low << 4)) & 0x0F0F0F0F0F0F0F0Fu;
    std::uint64_t high = b.scales_h;
    high = (high | (high << 24)) & 0x000000FF000000FFu;
    high = (high | (high << 12)) & 0x000F000F000F000Fu;
    high = (high | (high << 6)) & 0x0303030303030303u;
    const std::uint64_t scales = low | (high << 4);
    c.d = F32x8::set1(f16_value(b.d)) * (F32x8::from_bytes(scales) - F32x8::set1(32));
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      c.q[i] = from_signed(look_up(kIq4Values, nibbles(reinterpret_cast<const std::byte*>(b.qs) + 32 * i, 16)));
    });
  }
};

template <>
struct Format<DType::kQ2_K> : FormatFacts<16, 2, 0, true, sizeof(BlockQ2_K)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<16>& c) {
    using Floats = Chunk<16>::Floats;
    const auto& b = *reinterpret_cast<const BlockQ2_K*>(p);
    std::uint64_t scales[2];
    std::uint64_t mins[2];
    unroll<2>([&](auto i) HEARTH_INLINE_LAMBDA {
      const auto both = read<std::uint64_t>(b.scales + 8 * i);
      scales[i] = both & 0x0F0F0F0F0F0F0F0Fu;
      mins[i] = (both >> 4) & 0x0F0F0F0F0F0F0F0Fu;
    });
    c.d = Floats::set1(f16_value(b.d)) * Floats::from_bytes(scales[0], scales[1]);
    c.m = Floats::set1(-f16_value(b.dmin)) * Floats::from_bytes(mins[0], mins[1]);
    unroll<2>([&](auto half) HEARTH_INLINE_LAMBDA {
      c.q[2 * half] = spread(b.qs + 32 * half, 0, 2) & 3;
      c.q[2 * half + 1] = spread(b.qs + 32 * half, 4, 6) & 3;
    });
  }
};

template <>
struct Format<DType::kQ3_K> : FormatFacts<16, 3, 4, false, sizeof(BlockQ3_K)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<16>& c) {
    using Floats = Chunk<16>::Floats;
    const auto& b = *reinterpret_cast<const BlockQ3_K*>(p);
    const auto low = read<std::uint64_t>(b.scales);  // four bits of groups 0-7 and, above, of 8-15
    const std::uint64_t top =
        read<std::uint32_t>(b.scales + 8);  // two bits of groups i, i + 4, i + 8, i + 12 in each byte
    const auto top_bits = [&](int n) HEARTH_INLINE_LAMBDA {
      const std::uint64_t four = (top >> n) & 0x03030303u;
      const std::uint64_t next_four = (top >> (n + 2)) & 0x03030303u;
      return (four | (next_four << 32)) << 4;
    };
    const std::uint64_t scales[2] = {(low & 0x0F0F0F0F0F0F0F0Fu) | top_bits(0),
                                     ((low >> 4) & 0x0F0F0F0F0F0F0F0Fu) | top_bits(4)};
    c.d = Floats::set1(f16_value(b.d)) * (Floats::from_bytes(scales[0], scales[1]) - Floats::set1(32));
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      constexpr int kHalf = i / 2;
      constexpr int kRun = i % 2 * 2;
      c.q[i] = (spread(b.qs + 32 * kHalf, 2 * kRun, 2 * kRun + 2) & 3) |
               shift_left(spread(b.hmask, 4 * kHalf + kRun, 4 * kHalf + kRun + 1) & 1, 2);
    });
  }
};

/// The eight six-bit scales and minima of Q4_K and Q5_K.
HEARTH_INLINE void unpack_scales(std::uint16_t d, std::uint16_t dmin, const std::uint8_t* bytes, Chunk<32>& c) {
  const auto s = read<std::uint32_t>(bytes);
  const auto m = read<std::uint32_t>(bytes + 4);
  const auto rest = read<std::uint32_t>(bytes + 8);
  const std::uint32_t high_s = (rest & 0x0F0F0F0Fu) | (((s >> 6) & 0x03030303u) << 4);
  const std::uint32_t high_m = ((rest >> 4) & 0x0F0F0F0Fu) | (((m >> 6) & 0x03030303u) << 4);
  const std::uint64_t scales = (s & 0x3F3F3F3Fu) | (static_cast<std::uint64_t>(high_s) << 32);
  const std::uint64_t mins = (m & 0x3F3F3F3Fu) | (static_cast<std::uint64_t>(high_m) << 32);
  c.d = F32x8::set1(f16_value(d)) * F32x8::from_bytes(scales);
  c.m = F32x8::set1(-f16_value(dmin)) * F32x8::from_bytes(mins);
}

template <>
struct Format<DType::kQ4_K> : FormatFacts<32, 4, 0, true, sizeof(BlockQ4_K)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    const auto& b = *reinterpret_cast<const BlockQ4_K*>(p);
    unpack_scales(b.d, b.dmin, b.scales, c);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA { c.q[i] = spread(b.qs + 32 * i, 0, 4) & 15; });
  }
};

template <>
struct Format<DType::kQ5_K> : FormatFacts<32, 5, 0, true, sizeof(BlockQ5_K)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<32>& c) {
    const auto& b = *reinterpret_cast<const BlockQ5_K*>(p);
    unpack_scales(b.d, b.dmin, b.scales, c);
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      c.q[i] = (spread(b.qs + 32 * i, 0, 4) & 15) | shift_left(spread(b.qh, 2 * i, 2 * i + 1) & 1, 4);
    });
  }
};

template <>
struct Format<DType::kQ6_K> : FormatFacts<16, 6, 32, false, sizeof(BlockQ6_K)> {
  HEARTH_INLINE static void unpack(const std::byte* p, Chunk<16>& c) {
    using Floats = Chunk<16>::Floats;
    const auto& b = *reinterpret_cast<const BlockQ6_K*>(p);
    c.d = Floats::set1(f16_value(b.d)) * Floats::from_s8(b.scales);
    unroll<2>([&](auto half) HEARTH_INLINE_LAMBDA {
      const Bytes64 low = load_twice_32(reinterpret_cast<const std::byte*>(b.ql) + 64 * half, 32);
      const std::uint8_t* high = b.qh + 32 * half;
      c.q[2 * half] = (low & 15) | shift_left(spread(high, 0, 2) & 3, 4);
      c.q[2 * half + 1] = (shift_right(low, 4) & 15) | shift_left(spread(high, 4, 6) & 3, 4);
    });
  }
};

/// The chunk at p of which only n values (a whole number of blocks, 0 < n <= 256) belong to the row; the rest become
/// zeros.
template <DType kDType, typename C>
HEARTH_INLINE void unpack_first(const std::byte* p, std::int64_t n, C& c) {
  using F = Format<kDType>;
  if (n >= 256) {
    F::unpack(p, c);
    return;
  }
  std::byte padded[F::kChunkBytes] = {};
  __builtin_memcpy(padded, p, F::kChunkBytes / 8 * static_cast<std::size_t>(n / 32));
  F::unpack(padded, c);
}

}  // namespace
}  // namespace hearth
