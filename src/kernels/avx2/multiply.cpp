// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/simd.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/multiply.h"

namespace hearth::avx2 {
namespace {

/// Pairs of products in 16 bits, which are added up there: what the products of up to four bits do most of the time.
std::int64_t multiply_bytes(std::int64_t rounds) {
  constexpr int kChains = 12;
  __m256i sums[kChains];
  unroll<kChains>([&](auto i) HEARTH_INLINE_LAMBDA { sums[i] = _mm256_setzero_si256(); });
  __m256i a = _mm256_set1_epi8(1);
  const __m256i b = _mm256_set1_epi8(2);
  for (std::int64_t round = 0; round < rounds; ++round) {
    unroll<kChains>([&](auto i) HEARTH_INLINE_LAMBDA {
      __asm__ volatile("" : "+v"(a));  // a product each, not one for all
      sums[i] = _mm256_add_epi16(sums[i], _mm256_maddubs_epi16(a, b));
    });
  }
  unroll<kChains>([&](auto i) HEARTH_INLINE_LAMBDA {
    __m256i& sum = sums[i];  // as in generic/multiply.h
    __asm__ volatile("" : "+v"(sum));
  });
  return rounds * kChains * 32 * 2;
}

}  // namespace

void set_multiply(KernelTable& table) {
  table.multiply_floats = multiply_floats;
  table.multiply_bytes = multiply_bytes;
}

}  // namespace hearth::avx2
