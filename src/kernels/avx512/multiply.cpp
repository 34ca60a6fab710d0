// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx512/simd.h"

#include "kernels/avx512/operations.h"
#include "kernels/generic/multiply.h"

namespace hearth::avx512 {
namespace {

/// VNNI: four products of bytes and their sum in each lane.
std::int64_t multiply_bytes(std::int64_t rounds) {
  constexpr int kChains = 12;
  __m512i sums[kChains];
  unroll<kChains>([&](auto i) HEARTH_INLINE_LAMBDA { sums[i] = _mm512_setzero_si512(); });
  __m512i a = _mm512_set1_epi8(1);
  const __m512i b = _mm512_set1_epi8(2);
  for (std::int64_t round = 0; round < rounds; ++round) {
    __asm__ volatile("" : "+v"(a));  // else the rounds would be one
    unroll<kChains>([&](auto i) HEARTH_INLINE_LAMBDA { sums[i] = _mm512_dpbusd_epi32(sums[i], a, b); });
  }
  unroll<kChains>([&](auto i) HEARTH_INLINE_LAMBDA {
    __m512i& sum = sums[i];  // as in generic/multiply.h
    __asm__ volatile("" : "+v"(sum));
  });
  return rounds * kChains * 64 * 2;
}

}  // namespace

void set_multiply(KernelTable& table) {
  table.multiply_floats = multiply_floats;
  table.multiply_bytes = multiply_bytes;
}

}  // namespace hearth::avx512
