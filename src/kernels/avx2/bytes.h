// 64 bytes in two registers, sums of products of bytes, and 16 floats in two registers: what generic/formats.h and the
// int8 products need of AVX2.
#pragma once

#include "kernels/avx2/simd.h"

namespace hearth {
namespace {

struct Bytes64 {
  __m256i low, high;

  HEARTH_INLINE void store(void* p) const {
    _mm256_store_si256(static_cast<__m256i*>(p), low);
    _mm256_store_si256(static_cast<__m256i*>(p) + 1, high);
  }
};
HEARTH_INLINE Bytes64 operator&(Bytes64 a, int byte) {
  const __m256i mask = _mm256_set1_epi8(static_cast<char>(byte));
  return {_mm256_and_si256(a.low, mask), _mm256_and_si256(a.high, mask)};
}
HEARTH_INLINE Bytes64 operator|(Bytes64 a, Bytes64 b) {
  return {_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
}
/// Shifts 16 bits at a time: mask away what comes over from the neighbour byte.
HEARTH_INLINE Bytes64 shift_left(Bytes64 a, int n) {
  return {_mm256_slli_epi16(a.low, n), _mm256_slli_epi16(a.high, n)};
}
HEARTH_INLINE Bytes64 shift_right(Bytes64 a, int n) {
  return {_mm256_srli_epi16(a.low, n), _mm256_srli_epi16(a.high, n)};
}

HEARTH_INLINE __m256i load32(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }

/// 32 bytes at p and 32 at p + stride.
HEARTH_INLINE Bytes64 load_twice_32(const std::byte* p, std::size_t stride) { return {load32(p), load32(p + stride)}; }
/// The same 32 bytes twice, shifted right (16 bits at a time) by n0 and n1.
HEARTH_INLINE Bytes64 spread(const void* p, int n0, int n1) {
  const __m256i x = load32(p);
  return {_mm256_srli_epi16(x, n0), _mm256_srli_epi16(x, n1)};
}
HEARTH_INLINE __m256i nibbles32(const void* p) {
  const __m128i x = _mm_loadu_si128(static_cast<const __m128i*>(p));
  return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(x, 4), x), _mm256_set1_epi8(15));
}
/// The low nibbles of 16 bytes at p, their high nibbles, and the same of p + stride.
HEARTH_INLINE Bytes64 nibbles(const std::byte* p, std::size_t stride) { return {nibbles32(p), nibbles32(p + stride)}; }
HEARTH_INLINE __m256i bits32(const void* p, __m256i value) {
  // Each byte gets the byte of p that holds its bit, and then only that bit.
  const __m256i spread_bytes = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const __m256i own_bit = _mm256_set1_epi64x(static_cast<std::int64_t>(0x8040201008040201u));
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(read<std::int32_t>(p)), spread_bytes);
  return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, own_bit), own_bit), value);
}
/// `byte` where the bit is set, of 32 bits at p and 32 at p + stride.
HEARTH_INLINE Bytes64 where_bits(const std::byte* p, std::size_t stride, int byte) {
  const __m256i value = _mm256_set1_epi8(static_cast<char>(byte));
  return {bits32(p, value), bits32(p + stride, value)};
}
/// table[index]; REQUIRES: index < 16.
HEARTH_INLINE Bytes64 look_up(const std::int8_t* table, Bytes64 index) {
  const __m256i t = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
  return {_mm256_shuffle_epi8(t, index.low), _mm256_shuffle_epi8(t, index.high)};
}

/// Signed quants stay as they are here.
inline constexpr bool kSignedQuants = true;
HEARTH_INLINE Bytes64 from_signed(Bytes64 a) { return a; }

// ---- floats and integers, one for each group of a chunk ----

struct I32x8x2 {
  I32x8 low, high;
  HEARTH_INLINE static I32x8x2 load(const std::int32_t* p) { return {I32x8::load(p), I32x8::load(p + 8)}; }
  HEARTH_INLINE static I32x8x2 set1(std::int32_t x) { return {I32x8::set1(x), I32x8::set1(x)}; }
};
HEARTH_INLINE I32x8x2 operator-(I32x8x2 a, I32x8x2 b) { return {a.low - b.low, a.high - b.high}; }
HEARTH_INLINE I32x8x2 operator*(I32x8x2 a, I32x8x2 b) { return {a.low * b.low, a.high * b.high}; }

struct F32x8x2 {
  using Ints = I32x8x2;
  F32x8 low, high;
  HEARTH_INLINE static F32x8x2 zero() { return {F32x8::zero(), F32x8::zero()}; }
  HEARTH_INLINE static F32x8x2 set1(float x) { return {F32x8::set1(x), F32x8::set1(x)}; }
  HEARTH_INLINE static F32x8x2 load(const float* p) { return {F32x8::load(p), F32x8::load(p + 8)}; }
  HEARTH_INLINE static F32x8x2 from(I32x8x2 x) { return {F32x8::from(x.low), F32x8::from(x.high)}; }
  HEARTH_INLINE static F32x8x2 from_bytes(std::uint64_t first, std::uint64_t second) {
    return {F32x8::from_bytes(first), F32x8::from_bytes(second)};
  }
  HEARTH_INLINE static F32x8x2 from_u8(const void* p) {
    return {F32x8::from_u8(p), F32x8::from_u8(static_cast<const std::byte*>(p) + 8)};
  }
  HEARTH_INLINE static F32x8x2 from_s8(const void* p) {
    return {F32x8::from_s8(p), F32x8::from_s8(static_cast<const std::byte*>(p) + 8)};
  }
  HEARTH_INLINE void store(float* p) const {
    low.store(p);
    high.store(p + 8);
  }
};
HEARTH_INLINE F32x8x2 operator-(F32x8x2 a, F32x8x2 b) { return {a.low - b.low, a.high - b.high}; }
HEARTH_INLINE F32x8x2 operator*(F32x8x2 a, F32x8x2 b) { return {a.low * b.low, a.high * b.high}; }
HEARTH_INLINE F32x8x2 fma(F32x8x2 a, F32x8x2 b, F32x8x2 c) {
  return {fma(a.low, b.low, c.low), fma(a.high, b.high, c.high)};
}
/// Lanes i, i + 4, i + 8 and i + 12 in order first, then the four sums in order.
HEARTH_INLINE float sum(F32x8x2 a) {
  const __m128 s = _mm_add_ps(_mm_add_ps(low_half(a.low), high_half(a.low)), low_half(a.high));
  return sum_in_order(_mm_add_ps(s, high_half(a.high)));
}

template <int kGroups>
struct GroupVector;
template <>
struct GroupVector<8> {
  using Floats = F32x8;
};
template <>
struct GroupVector<16> {
  using Floats = F32x8x2;
};

// ---- products of bytes ----

/// Sums of 4 neighbouring products of quants (w) and activations (a), as 32-bit integers, over several steps. Quants of
/// up to 7 bits are unsigned: pairs of products add up to 16 bits, and a few such sums fit in 16 bits too. Those of 8
/// bits are signed.
template <int kBits>
struct ProductSum {
  /// Steps after which a 16-bit sum of pairs could overflow: 2 · 127 · (2^bits − 1) each.
  static constexpr int kRun = kBits <= 4 ? 8 : kBits == 5 ? 4 : kBits == 6 ? 2 : 1;
  __m256i pairs, total;

  HEARTH_INLINE void clear() { total = pairs = _mm256_setzero_si256(); }
  HEARTH_INLINE void start(std::int32_t x) {
    clear();
    total = _mm256_set1_epi32(x);
  }
  /// The step-th of `steps` steps.
  HEARTH_INLINE void add(int step, int steps, __m256i w, __m256i a) {
    const __m256i product =
        kBits == 8 ? _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w)) : _mm256_maddubs_epi16(w, a);
    pairs = step % kRun == 0 ? product : _mm256_add_epi16(pairs, product);
    if ((step + 1) % kRun != 0 && step + 1 != steps) return;
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    total = _mm256_add_epi32(total, fours);
  }
  HEARTH_INLINE I32x8 result() const { return {total}; }
};

template <int kBits>
HEARTH_INLINE __m256i fours(__m256i w, const std::int8_t* a) {
  ProductSum<kBits> s;
  s.clear();
  s.add(0, 1, w, load32(a));
  return s.total;
}

/// Fewer bits than four are summed like four.
template <int kBits>
inline constexpr int kProductBits = kBits < 4 ? 4 : kBits;

/// The sums of products of each group of 32 or 16 values of a chunk, in order.
template <int kGroup, int kBits>
HEARTH_INLINE typename GroupVector<256 / kGroup>::Floats::Ints group_products(const Bytes64 (&w)[4],
                                                                              const std::int8_t* a) {
  const auto quarter = [&](Bytes64 w0, Bytes64 w1, const std::int8_t* p) HEARTH_INLINE_LAMBDA {
    return _mm256_hadd_epi32(_mm256_hadd_epi32(fours<kBits>(w0.low, p), fours<kBits>(w0.high, p + 32)),
                             _mm256_hadd_epi32(fours<kBits>(w1.low, p + 64), fours<kBits>(w1.high, p + 96)));
  };
  // Lower lane: the sums of the first 16 values of four vectors; upper lane: of their second 16.
  const __m256i x = quarter(w[0], w[1], a);
  const __m256i y = quarter(w[2], w[3], a + 128);
  if constexpr (kGroup == 32) {
    return {_mm256_add_epi32(_mm256_permute2x128_si256(x, y, 0x20), _mm256_permute2x128_si256(x, y, 0x31))};
  } else {
    const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    return {{_mm256_permutevar8x32_epi32(x, in_order)}, {_mm256_permutevar8x32_epi32(y, in_order)}};
  }
}

// ---- panels: lane r is row r ----

using PanelBytes = __m256i;
inline constexpr int kPanelRows = 8;
HEARTH_INLINE PanelBytes load_panel(const std::byte* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}
/// Four activations for every row.
HEARTH_INLINE PanelBytes broadcast_four(const std::int8_t* a) { return _mm256_set1_epi32(read<std::int32_t>(a)); }

/// Eight rows of 32 bytes, `stride` apart, to eight vectors: vector k holds bytes 4k … 4k + 3 of every row.
HEARTH_INLINE void transpose(const std::byte* rows, std::size_t stride, PanelBytes (&out)[kPanelRows]) {
  __m256i a[8];
  __m256i b[8];
  unroll<8>([&](auto i) HEARTH_INLINE_LAMBDA {
    a[i] = _mm256_load_si256(reinterpret_cast<const __m256i*>(rows + static_cast<std::size_t>(i) * stride));
  });
  unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
    b[2 * i] = _mm256_unpacklo_epi32(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm256_unpackhi_epi32(a[2 * i], a[2 * i + 1]);
  });
  unroll<2>([&](auto i) HEARTH_INLINE_LAMBDA {
    a[4 * i] = _mm256_unpacklo_epi64(b[4 * i], b[4 * i + 2]);
    a[4 * i + 1] = _mm256_unpackhi_epi64(b[4 * i], b[4 * i + 2]);
    a[4 * i + 2] = _mm256_unpacklo_epi64(b[4 * i + 1], b[4 * i + 3]);
    a[4 * i + 3] = _mm256_unpackhi_epi64(b[4 * i + 1], b[4 * i + 3]);
  });
  unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
    out[i] = _mm256_permute2x128_si256(a[i], a[i + 4], 0x20);
    out[i + 4] = _mm256_permute2x128_si256(a[i], a[i + 4], 0x31);
  });
}
HEARTH_INLINE void store_panel(PanelBytes x, std::byte* p) { _mm256_store_si256(reinterpret_cast<__m256i*>(p), x); }

// ---- packed weights: half vectors of quants as packed_layout.h has them ----

HEARTH_INLINE PanelBytes low_nibbles(PanelBytes x) { return _mm256_and_si256(x, _mm256_set1_epi8(15)); }
HEARTH_INLINE PanelBytes high_nibbles(PanelBytes x) { return low_nibbles(_mm256_srli_epi16(x, 4)); }
/// Nibbles with bits kBits · kStep … of `bits` above them.
template <int kBits, int kStep>
HEARTH_INLINE PanelBytes add_bits(PanelBytes nibbles, PanelBytes bits) {
  constexpr int kShift = kBits * kStep - 4;
  PanelBytes shifted = bits;
  if constexpr (kShift > 0) shifted = _mm256_srli_epi16(bits, kShift);
  if constexpr (kShift < 0) shifted = _mm256_slli_epi16(bits, -kShift);
  return _mm256_or_si256(nibbles, _mm256_and_si256(shifted, _mm256_set1_epi8(kBits == 1 ? 16 : 48)));
}
/// Quants of 8 bits are moved up by 128 in memory; this level multiplies signed ones.
HEARTH_INLINE PanelBytes from_moved(PanelBytes x) {
  return _mm256_xor_si256(x, _mm256_set1_epi8(static_cast<char>(0x80)));
}
HEARTH_INLINE PanelBytes look_up_panel(const std::int8_t* table, PanelBytes index) {
  const __m256i t = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
  return _mm256_shuffle_epi8(t, index);
}

}  // namespace
}  // namespace hearth
