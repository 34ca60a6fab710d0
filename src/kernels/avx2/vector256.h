// Vectors of eight floats or integers, for the AVX2 files and, where eight are what is needed, for the AVX-512 ones.
#pragma once

#include <immintrin.h>

#include "kernels/generic/inline.h"

namespace hearth {
namespace {

struct I32x8 {
  static constexpr int kLanes = 8;
  __m256i v;

  HEARTH_INLINE static I32x8 load(const std::int32_t* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
  }
  HEARTH_INLINE static I32x8 set1(std::int32_t x) { return {_mm256_set1_epi32(x)}; }
};
HEARTH_INLINE I32x8 operator-(I32x8 a, I32x8 b) { return {_mm256_sub_epi32(a.v, b.v)}; }
HEARTH_INLINE I32x8 operator*(I32x8 a, I32x8 b) { return {_mm256_mullo_epi32(a.v, b.v)}; }

struct F32x8 {
  static constexpr int kLanes = 8;
  using Ints = I32x8;
  __m256 v;

  HEARTH_INLINE static F32x8 zero() { return {_mm256_setzero_ps()}; }
  HEARTH_INLINE static F32x8 set1(float x) { return {_mm256_set1_ps(x)}; }
  HEARTH_INLINE static F32x8 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  HEARTH_INLINE static F32x8 from(I32x8 x) { return {_mm256_cvtepi32_ps(x.v)}; }
  /// Eight unsigned or signed bytes.
  HEARTH_INLINE static F32x8 from_u8(const void* p) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p))))};
  }
  HEARTH_INLINE static F32x8 from_s8(const void* p) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p))))};
  }
  /// The eight bytes of a word, the lowest first.
  HEARTH_INLINE static F32x8 from_bytes(std::uint64_t word) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(word))))};
  }
  HEARTH_INLINE static F32x8 from_f16(const void* p) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p)))};
  }
  HEARTH_INLINE static F32x8 from_bf16(const void* p) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16))};
  }
  HEARTH_INLINE void store(float* p) const { _mm256_storeu_ps(p, v); }
};
HEARTH_INLINE F32x8 operator+(F32x8 a, F32x8 b) { return {_mm256_add_ps(a.v, b.v)}; }
HEARTH_INLINE F32x8 operator-(F32x8 a, F32x8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
HEARTH_INLINE F32x8 operator*(F32x8 a, F32x8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
HEARTH_INLINE F32x8 operator/(F32x8 a, F32x8 b) { return {_mm256_div_ps(a.v, b.v)}; }
HEARTH_INLINE F32x8 fma(F32x8 a, F32x8 b, F32x8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
/// Where one of the two is a NaN the second is the result.
HEARTH_INLINE F32x8 max(F32x8 a, F32x8 b) { return {_mm256_max_ps(a.v, b.v)}; }
HEARTH_INLINE F32x8 min(F32x8 a, F32x8 b) { return {_mm256_min_ps(a.v, b.v)}; }
HEARTH_INLINE F32x8 abs(F32x8 a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
/// |a| with the sign of b.
HEARTH_INLINE F32x8 copy_sign(F32x8 a, F32x8 b) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(sign, a.v), _mm256_and_ps(sign, b.v))};
}
HEARTH_INLINE F32x8 round_even(F32x8 a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
/// a < b ? yes : no.
HEARTH_INLINE F32x8 where_less(F32x8 a, F32x8 b, F32x8 yes, F32x8 no) {
  return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))};
}
/// a · 2ⁿ for a whole number n from −252 to 254: in two steps, because 2ⁿ alone may not be a float.
HEARTH_INLINE F32x8 times_power_of_two(F32x8 a, F32x8 n) {
  const __m256i whole = _mm256_cvtps_epi32(n.v);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  const __m256i rest = _mm256_sub_epi32(whole, half);
  const __m256i bias = _mm256_set1_epi32(127);
  const __m256 first = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
  const __m256 second = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23));
  return {_mm256_mul_ps(_mm256_mul_ps(a.v, first), second)};
}

HEARTH_INLINE float first_lane(__m128 x) { return _mm_cvtss_f32(x); }
/// ((x0 + x1) + x2) + x3.
HEARTH_INLINE float sum_in_order(__m128 x) {
  const __m128 s = _mm_add_ss(x, _mm_movehdup_ps(x));
  const __m128 high = _mm_movehl_ps(x, x);
  return first_lane(_mm_add_ss(_mm_add_ss(s, high), _mm_movehdup_ps(high)));
}
HEARTH_INLINE __m128 low_half(F32x8 a) { return _mm256_castps256_ps128(a.v); }
HEARTH_INLINE __m128 high_half(F32x8 a) { return _mm256_extractf128_ps(a.v, 1); }
/// Lanes i and i + 4 first, then the four sums in order.
HEARTH_INLINE float sum(F32x8 a) { return sum_in_order(_mm_add_ps(low_half(a), high_half(a))); }
HEARTH_INLINE float largest(F32x8 a) {
  __m128 m = _mm_max_ps(low_half(a), high_half(a));
  m = _mm_max_ps(m, _mm_movehl_ps(m, m));
  return first_lane(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/// The sums over the lanes of four vectors of four.
HEARTH_INLINE __m128 sums_of_four(__m128 a, __m128 b, __m128 c, __m128 d) {
  const __m128 ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
  const __m128 cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
  return _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab));
}
HEARTH_INLINE __m128 sums_of_four(F32x8 a, F32x8 b, F32x8 c, F32x8 d) {
  return sums_of_four(_mm_add_ps(low_half(a), high_half(a)), _mm_add_ps(low_half(b), high_half(b)),
                      _mm_add_ps(low_half(c), high_half(c)), _mm_add_ps(low_half(d), high_half(d)));
}

/// Eight F16 numbers `stride` bytes apart. They are put together in general registers: shuffles are what the kernels
/// lack.
HEARTH_INLINE F32x8 gather_f16(const std::byte* p, std::size_t stride) {
  const auto four = [&](int first) HEARTH_INLINE_LAMBDA {
    std::uint64_t bits = 0;
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      const std::uint64_t half = read<std::uint16_t>(p + static_cast<std::size_t>(first + i) * stride);
      bits |= half << (16 * i);
    });
    return static_cast<long long>(bits);
  };
  return {_mm256_cvtph_ps(_mm_set_epi64x(four(4), four(0)))};
}
HEARTH_INLINE float f16_value(std::uint16_t bits) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(bits))); }

}  // namespace
}  // namespace hearth
