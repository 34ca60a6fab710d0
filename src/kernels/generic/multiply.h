// As many float products as the CPU can make: nothing is loaded, and no sum waits for another.
#pragma once

#include "kernels/generic/inline.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

inline constexpr int kMultiplyChains = 12;  ///< sums on their way: more than two units of four cycles can be fed from

std::int64_t multiply_floats(std::int64_t rounds) {
  F32 sums[kMultiplyChains];
  unroll<kMultiplyChains>([&](auto i) HEARTH_INLINE_LAMBDA { sums[i] = F32::zero(); });
  F32 a = F32::set1(1);
  const F32 b = F32::set1(0.5f);
  for (std::int64_t round = 0; round < rounds; ++round) {
    __asm__ volatile("" : "+v"(a.v));  // else the rounds would be one
    unroll<kMultiplyChains>([&](auto i) HEARTH_INLINE_LAMBDA { sums[i] = fma(a, b, sums[i]); });
  }
  unroll<kMultiplyChains>([&](auto i) HEARTH_INLINE_LAMBDA {
    F32& sum = sums[i];  // clang 14 captures nothing that only an operand of the assembler names
    __asm__ volatile("" : "+v"(sum.v));
  });
  return rounds * kMultiplyChains * F32::kLanes * 2;
}

}  // namespace
}  // namespace hearth
