// 64 bytes in a register, sums of products of bytes (VNNI), and a float for each group of a chunk: what
// generic/formats.h and the int8 products need of AVX-512.
#pragma once

#include "kernels/avx512/simd.h"

namespace hearth {
namespace {

struct Bytes64 {
  __m512i v;
  HEARTH_INLINE void store(void* p) const { _mm512_store_si512(p, v); }
};
HEARTH_INLINE Bytes64 operator&(Bytes64 a, int byte) {
  return {_mm512_and_si512(a.v, _mm512_set1_epi8(static_cast<char>(byte)))};
}
HEARTH_INLINE Bytes64 operator|(Bytes64 a, Bytes64 b) { return {_mm512_or_si512(a.v, b.v)}; }
/// Shifts 16 bits at a time: mask away what comes over from the neighbour byte.
HEARTH_INLINE Bytes64 shift_left(Bytes64 a, int n) { return {_mm512_slli_epi16(a.v, static_cast<unsigned>(n))}; }
HEARTH_INLINE Bytes64 shift_right(Bytes64 a, int n) { return {_mm512_srli_epi16(a.v, static_cast<unsigned>(n))}; }

HEARTH_INLINE __m256i load32(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
HEARTH_INLINE __m512i join(__m256i low, __m256i high) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/// 32 bytes at p and 32 at p + stride.
HEARTH_INLINE Bytes64 load_twice_32(const std::byte* p, std::size_t stride) {
  return {join(load32(p), load32(p + stride))};
}
/// The same 32 bytes twice, shifted right (16 bits at a time) by n0 and n1.
HEARTH_INLINE Bytes64 spread(const void* p, int n0, int n1) {
  const auto low = static_cast<short>(n0);
  const auto high = static_cast<short>(n1);
  const __m512i counts = join(_mm256_set1_epi16(low), _mm256_set1_epi16(high));
  return {_mm512_srlv_epi16(_mm512_broadcast_i64x4(load32(p)), counts)};
}
/// The low nibbles of 16 bytes at p, their high nibbles, and the same of p + stride.
HEARTH_INLINE Bytes64 nibbles(const std::byte* p, std::size_t stride) {
  // x, x, y, y: broadcasts from memory need no shuffle.
  const __m512i x = _mm512_broadcast_i64x2(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + stride));
  const __m512i twice = _mm512_mask_broadcast_i64x2(x, 0xF0, y);
  const __m512i counts =
      _mm512_setr_epi64(0, 0, 0x0004000400040004, 0x0004000400040004, 0, 0, 0x0004000400040004, 0x0004000400040004);
  return Bytes64{_mm512_srlv_epi16(twice, counts)} & 15;
}
/// `byte` where the bit is set, of 32 bits at p and 32 at p + stride.
HEARTH_INLINE Bytes64 where_bits(const std::byte* p, std::size_t stride, int byte) {
  const std::uint64_t bits =
      read<std::uint32_t>(p) | (static_cast<std::uint64_t>(read<std::uint32_t>(p + stride)) << 32);
  return {_mm512_maskz_set1_epi8(bits, static_cast<char>(byte))};
}
/// table[index]; REQUIRES: index < 16.
HEARTH_INLINE Bytes64 look_up(const std::int8_t* table, Bytes64 index) {
  return {
      _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table))), index.v)};
}

/// VNNI multiplies unsigned by signed bytes: signed quants are moved up by 128.
inline constexpr bool kSignedQuants = false;
HEARTH_INLINE Bytes64 from_signed(Bytes64 a) {
  return {_mm512_xor_si512(a.v, _mm512_set1_epi8(static_cast<char>(0x80)))};
}

template <int kGroups>
struct GroupVector;
template <>
struct GroupVector<8> {
  using Floats = F32x8;
};
template <>
struct GroupVector<16> {
  using Floats = F32x16;
};

// ---- products of bytes ----

/// Sums of 4 neighbouring products of quants (w, unsigned) and activations (a), as 32-bit integers.
template <int kBits>
struct ProductSum {
  __m512i total;

  HEARTH_INLINE void clear() { total = _mm512_setzero_si512(); }
  HEARTH_INLINE void start(std::int32_t x) { total = _mm512_set1_epi32(x); }
  HEARTH_INLINE void add(int, int, __m512i w, __m512i a) { total = _mm512_dpbusd_epi32(total, w, a); }
  HEARTH_INLINE I32x16 result() const { return {total}; }
};

/// VNNI sums quants of any number of bits alike.
template <int kBits>
inline constexpr int kProductBits = 8;

/// The sums of products of each group of 32 or 16 values of a chunk, in order.
template <int kGroup, int kBits>
HEARTH_INLINE typename GroupVector<256 / kGroup>::Floats::Ints group_products(const Bytes64 (&w)[4],
                                                                              const std::int8_t* a) {
  const auto fours = [&](int i) HEARTH_INLINE_LAMBDA {
    return _mm512_dpbusd_epi32(_mm512_setzero_si512(), w[i].v, _mm512_loadu_si512(a + 64 * i));
  };
  const __m512i s0 = fours(0);
  const __m512i s1 = fours(1);
  const __m512i s2 = fours(2);
  const __m512i s3 = fours(3);
  const __m512i x = _mm512_add_epi32(_mm512_unpacklo_epi32(s0, s1), _mm512_unpackhi_epi32(s0, s1));
  const __m512i y = _mm512_add_epi32(_mm512_unpacklo_epi32(s2, s3), _mm512_unpackhi_epi32(s2, s3));
  // Element i of the L-th quarter: the sum of the 16 values in the L-th quarter of vector i.
  const __m512i sixteens = _mm512_add_epi32(_mm512_unpacklo_epi64(x, y), _mm512_unpackhi_epi64(x, y));
  if constexpr (kGroup == 16) {
    const __m512i in_order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return {_mm512_permutexvar_epi32(in_order, sixteens)};
  } else {
    const __m512i pairs = _mm512_add_epi32(sixteens, _mm512_shuffle_i32x4(sixteens, sixteens, 0xB1));
    const __m512i in_order = _mm512_setr_epi32(0, 8, 1, 9, 2, 10, 3, 11, 0, 0, 0, 0, 0, 0, 0, 0);
    return {_mm512_castsi512_si256(_mm512_permutexvar_epi32(in_order, pairs))};
  }
}

// ---- panels: lane r is row r ----

using PanelBytes = __m512i;
inline constexpr int kPanelRows = 16;
HEARTH_INLINE PanelBytes load_panel(const std::byte* p) { return _mm512_load_si512(p); }
/// Four activations for every row.
HEARTH_INLINE PanelBytes broadcast_four(const std::int8_t* a) { return _mm512_set1_epi32(read<std::int32_t>(a)); }

/// Sixteen rows of 64 bytes, the i-th at row(i), to sixteen vectors: vector k holds bytes 4k … 4k + 3 of every row.
template <typename Row>
HEARTH_INLINE void transpose(const Row& row, PanelBytes (&out)[kPanelRows]) {
  __m512i a[16];
  __m512i b[16];
  unroll<16>([&](auto i) HEARTH_INLINE_LAMBDA { a[i] = _mm512_load_si512(row(i)); });
  unroll<8>([&](auto i) HEARTH_INLINE_LAMBDA {
    b[2 * i] = _mm512_unpacklo_epi32(a[2 * i], a[2 * i + 1]);
    b[2 * i + 1] = _mm512_unpackhi_epi32(a[2 * i], a[2 * i + 1]);
  });
  // a[4 q + k]: column 4 L + k of rows 4 q … 4 q + 3 in quarter L.
  unroll<4>([&](auto q) HEARTH_INLINE_LAMBDA {
    a[4 * q] = _mm512_unpacklo_epi64(b[4 * q], b[4 * q + 2]);
    a[4 * q + 1] = _mm512_unpackhi_epi64(b[4 * q], b[4 * q + 2]);
    a[4 * q + 2] = _mm512_unpacklo_epi64(b[4 * q + 1], b[4 * q + 3]);
    a[4 * q + 3] = _mm512_unpackhi_epi64(b[4 * q + 1], b[4 * q + 3]);
  });
  unroll<4>([&](auto k) HEARTH_INLINE_LAMBDA {
    const __m512i low01 = _mm512_shuffle_i32x4(a[k], a[4 + k], 0x88);   // quarters 0, 2 of rows 0-3 and 4-7
    const __m512i high01 = _mm512_shuffle_i32x4(a[k], a[4 + k], 0xDD);  // quarters 1, 3
    const __m512i low23 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0x88);
    const __m512i high23 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0xDD);
    out[k] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    out[8 + k] = _mm512_shuffle_i32x4(low01, low23, 0xDD);
    out[4 + k] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    out[12 + k] = _mm512_shuffle_i32x4(high01, high23, 0xDD);
  });
}
/// Sixteen rows that are `stride` apart.
HEARTH_INLINE void transpose(const std::byte* rows, std::size_t stride, PanelBytes (&out)[kPanelRows]) {
  transpose([&](int i) HEARTH_INLINE_LAMBDA { return rows + static_cast<std::size_t>(i) * stride; }, out);
}
HEARTH_INLINE void store_panel(PanelBytes x, std::byte* p) { _mm512_store_si512(p, x); }

// ---- packed weights: vectors of quants as packed_layout.h has them ----

HEARTH_INLINE PanelBytes low_nibbles(PanelBytes x) { return _mm512_and_si512(x, _mm512_set1_epi8(15)); }
HEARTH_INLINE PanelBytes high_nibbles(PanelBytes x) { return low_nibbles(_mm512_srli_epi16(x, 4)); }
/// Nibbles with bits kBits · kStep … of `bits` above them.
template <int kBits, int kStep>
HEARTH_INLINE PanelBytes add_bits(PanelBytes nibbles, PanelBytes bits) {
  constexpr int kShift = kBits * kStep - 4;
  PanelBytes shifted = bits;
  if constexpr (kShift > 0) shifted = _mm512_srli_epi16(bits, kShift);
  if constexpr (kShift < 0) shifted = _mm512_slli_epi16(bits, -kShift);
  const PanelBytes mask = _mm512_set1_epi8(kBits == 1 ? 16 : 48);
  return _mm512_ternarylogic_epi32(nibbles, shifted, mask, 0xF8);  // a | (b & c)
}
/// Bytes less a number from 0 to 128.
HEARTH_INLINE PanelBytes minus(PanelBytes x, int byte) {
  return _mm512_sub_epi8(x, _mm512_set1_epi8(static_cast<char>(byte)));
}
/// Quants of 8 bits lie in memory as this level multiplies them: unsigned.
HEARTH_INLINE PanelBytes from_moved(PanelBytes x) { return x; }
HEARTH_INLINE PanelBytes look_up_panel(const std::int8_t* table, PanelBytes index) {
  return from_signed(look_up(table, Bytes64{index})).v;
}

}  // namespace
}  // namespace hearth
