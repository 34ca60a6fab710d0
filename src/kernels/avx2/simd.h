// What the generic algorithms need of AVX2, FMA and F16C: 16 registers of 256 bits.
#pragma once

#include "kernels/avx2/vector256.h"

namespace hearth {
namespace {

using F32 = F32x8;

inline constexpr int kTokenTile = 3;       ///< tokens × 4 rows of accumulators of the float product
inline constexpr int kFewTokens = 2;       ///< tokens that share an unpacked chunk
inline constexpr int kPanelTokens = 4;     ///< tokens of a panel's tile
inline constexpr int kPanelMinTokens = 6;  ///< from how many tokens on a panel pays
inline constexpr int kPackedTokens = 4;    ///< tokens that meet a tile of packed weights together
inline constexpr int kHeadTile = 2;        ///< query heads that share a loaded K or V

HEARTH_INLINE float first_lane(F32 x) { return _mm256_cvtss_f32(x.v); }
HEARTH_INLINE F32 load_part(const float* p, std::int64_t n) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return {_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lanes))};
}
HEARTH_INLINE void store_part(F32 x, float* p, std::int64_t n) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lanes), x.v);
}
HEARTH_INLINE void store_f16(F32 x, std::byte* p) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(x.v, _MM_FROUND_TO_NEAREST_INT));
}
HEARTH_INLINE void store_bf16(F32 x, std::byte* p) {
  const __m256i bits = _mm256_castps_si256(x.v);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x.v, x.v, _CMP_UNORD_Q));
  const __m256i wide = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
  const __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), packed);
}
HEARTH_INLINE I32x8 round_to_int(F32 x) { return {_mm256_cvtps_epi32(x.v)}; }
HEARTH_INLINE void store_s8(I32x8 x, std::int8_t* p) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x.v), _mm256_extracti128_si256(x.v, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words, words));
}
HEARTH_INLINE I32x8 operator+(I32x8 a, I32x8 b) { return {_mm256_add_epi32(a.v, b.v)}; }
HEARTH_INLINE std::int32_t sum(I32x8 a) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(a.v), _mm256_extracti128_si256(a.v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1)));
}

}  // namespace
}  // namespace hearth
