// Floats as BF16 in the order in which tiles take them: a lane holds the number of `a` and, above it, that of `b`.
// AVX512_BF16 rounds to nearest even, keeps NaNs and takes denormal numbers for zero, as the tiles do themselves.
#pragma once

#include "kernels/avx512/simd.h"

namespace hearth {
namespace {

HEARTH_INLINE __m512i bf16_pairs(F32 a, F32 b) {
  const __m512i apart = (__m512i)_mm512_cvtne2ps_pbh(b.v, a.v);  // all of a, then all of b
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, apart);
}

/// 64 bytes at `p`, aligned to as many.
HEARTH_INLINE void store_pairs(F32 a, F32 b, std::byte* p) { _mm512_store_si512(p, bf16_pairs(a, b)); }

/// Each number as two: x ≈ high + low, off by at most 2⁻¹⁷ |x|.
HEARTH_INLINE void split_pairs(F32 a, F32 b, std::byte* high, std::byte* low) {
  const __m512i pairs = bf16_pairs(a, b);
  const F32 a_high{_mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16))};
  const F32 b_high{_mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xFFFF0000))))};
  _mm512_store_si512(high, pairs);
  store_pairs(a - a_high, b - b_high, low);
}

}  // namespace
}  // namespace hearth
