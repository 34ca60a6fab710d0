// What the generic algorithms need of AVX-512 F, BW, VL, DQ and VNNI: 32 registers of 512 bits.
#pragma once

#include "kernels/avx2/vector256.h"

namespace hearth {
namespace {

struct I32x16 {
  static constexpr int kLanes = 16;
  __m512i v;

  HEARTH_INLINE static I32x16 load(const std::int32_t* p) { return {_mm512_loadu_si512(p)}; }
  HEARTH_INLINE static I32x16 set1(std::int32_t x) { return {_mm512_set1_epi32(x)}; }
};
HEARTH_INLINE I32x16 operator+(I32x16 a, I32x16 b) { return {_mm512_add_epi32(a.v, b.v)}; }
HEARTH_INLINE I32x16 operator-(I32x16 a, I32x16 b) { return {_mm512_sub_epi32(a.v, b.v)}; }
HEARTH_INLINE I32x16 operator*(I32x16 a, I32x16 b) { return {_mm512_mullo_epi32(a.v, b.v)}; }

struct F32x16 {
  static constexpr int kLanes = 16;
  using Ints = I32x16;
  __m512 v;

  HEARTH_INLINE static F32x16 zero() { return {_mm512_setzero_ps()}; }
  HEARTH_INLINE static F32x16 set1(float x) { return {_mm512_set1_ps(x)}; }
  HEARTH_INLINE static F32x16 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  HEARTH_INLINE static F32x16 from(I32x16 x) { return {_mm512_cvtepi32_ps(x.v)}; }
  /// Sixteen unsigned or signed bytes.
  HEARTH_INLINE static F32x16 from_u8(const void* p) {
    return {_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))))};
  }
  HEARTH_INLINE static F32x16 from_s8(const void* p) {
    return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))))};
  }
  /// The eight bytes of each word, the lowest first.
  HEARTH_INLINE static F32x16 from_bytes(std::uint64_t first, std::uint64_t second) {
    const __m128i bytes = _mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first));
    return {_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))};
  }
  HEARTH_INLINE static F32x16 from_f16(const void* p) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)))};
  }
  HEARTH_INLINE static F32x16 from_bf16(const void* p) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))};
  }
  HEARTH_INLINE void store(float* p) const { _mm512_storeu_ps(p, v); }
};
using F32 = F32x16;

HEARTH_INLINE F32 operator+(F32 a, F32 b) { return {_mm512_add_ps(a.v, b.v)}; }
HEARTH_INLINE F32 operator-(F32 a, F32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
HEARTH_INLINE F32 operator*(F32 a, F32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
HEARTH_INLINE F32 operator/(F32 a, F32 b) { return {_mm512_div_ps(a.v, b.v)}; }
HEARTH_INLINE F32 fma(F32 a, F32 b, F32 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
/// Where one of the two is a NaN the second is the result.
HEARTH_INLINE F32 max(F32 a, F32 b) { return {_mm512_max_ps(a.v, b.v)}; }
HEARTH_INLINE F32 min(F32 a, F32 b) { return {_mm512_min_ps(a.v, b.v)}; }
HEARTH_INLINE F32 abs(F32 a) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0f), a.v)}; }
/// |a| with the sign of b.
HEARTH_INLINE F32 copy_sign(F32 a, F32 b) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  return {_mm512_or_ps(_mm512_andnot_ps(sign, a.v), _mm512_and_ps(sign, b.v))};
}
HEARTH_INLINE F32 round_even(F32 a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
/// a < b ? yes : no.
HEARTH_INLINE F32 where_less(F32 a, F32 b, F32 yes, F32 no) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), no.v, yes.v)};
}
/// a · 2ⁿ for a whole number n.
HEARTH_INLINE F32 times_power_of_two(F32 a, F32 n) { return {_mm512_scalef_ps(a.v, n.v)}; }

HEARTH_INLINE F32x8 low_half(F32 a) { return {_mm512_castps512_ps256(a.v)}; }
HEARTH_INLINE F32x8 high_half(F32 a) { return {_mm512_extractf32x8_ps(a.v, 1)}; }
/// Lanes i, i + 4, i + 8 and i + 12 in order first, then the four sums in order.
HEARTH_INLINE float sum(F32 a) {
  const F32x8 low = low_half(a);
  const F32x8 high = high_half(a);
  const __m128 s = _mm_add_ps(_mm_add_ps(low_half(low), high_half(low)), low_half(high));
  return sum_in_order(_mm_add_ps(s, high_half(high)));
}
HEARTH_INLINE float largest(F32 a) { return largest(max(low_half(a), high_half(a))); }
HEARTH_INLINE __m128 sums_of_four(F32 a, F32 b, F32 c, F32 d) {
  return sums_of_four(low_half(a) + high_half(a), low_half(b) + high_half(b), low_half(c) + high_half(c),
                      low_half(d) + high_half(d));
}

inline constexpr int kTokenTile = 6;       ///< tokens × 4 rows of accumulators of the float product
inline constexpr int kFewTokens = 4;       ///< tokens that share an unpacked chunk
inline constexpr int kPanelTokens = 8;     ///< tokens of a panel's tile
inline constexpr int kPanelMinTokens = 6;  ///< from how many tokens on a panel pays
inline constexpr int kPackedTokens = 8;    ///< tokens that meet a tile of packed weights together
inline constexpr int kHeadTile = 4;        ///< query heads that share a loaded K or V

HEARTH_INLINE __mmask16 first_lanes(std::int64_t n) { return static_cast<__mmask16>((1u << n) - 1u); }
HEARTH_INLINE float first_lane(F32 x) { return _mm512_cvtss_f32(x.v); }
HEARTH_INLINE F32 load_part(const float* p, std::int64_t n) { return {_mm512_maskz_loadu_ps(first_lanes(n), p)}; }
HEARTH_INLINE void store_part(F32 x, float* p, std::int64_t n) { _mm512_mask_storeu_ps(p, first_lanes(n), x.v); }
HEARTH_INLINE void store_f16(F32 x, std::byte* p) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(x.v, _MM_FROUND_TO_NEAREST_INT));
}
HEARTH_INLINE void store_bf16(F32 x, std::byte* p) {
  const __m512i bits = _mm512_castps_si512(x.v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
  const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  const __mmask16 nan = _mm512_cmp_ps_mask(x.v, x.v, _CMP_UNORD_Q);
  const __m512i wide = _mm512_srli_epi32(_mm512_mask_blend_epi32(nan, rounded, quiet), 16);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(wide));
}
HEARTH_INLINE I32x16 round_to_int(F32 x) { return {_mm512_cvtps_epi32(x.v)}; }
HEARTH_INLINE void store_s8(I32x16 x, std::int8_t* p) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(x.v));
}
HEARTH_INLINE std::int32_t sum(I32x16 a) { return _mm512_reduce_add_epi32(a.v); }

}  // namespace
}  // namespace hearth
