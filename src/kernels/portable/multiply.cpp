#include <array>

#include "kernels/portable/operations.h"

namespace hearth::portable {
namespace {

/// `rounds` times sums[i] += a · b in plain code, as the other kernels of this level are.
template <typename T>
std::int64_t multiply(std::int64_t rounds, T a, T b) {
  std::array<T, 8> sums = {};
  for (std::int64_t round = 0; round < rounds; ++round) {
    __asm__ volatile("" : "+m"(a), "+m"(b));  // else the rounds would be one
    for (T& sum : sums) sum += a * b;
  }
  __asm__ volatile("" : : "m"(sums));
  return rounds * static_cast<std::int64_t>(sums.size()) * 2;
}

}  // namespace

std::int64_t multiply_floats(std::int64_t rounds) { return multiply<float>(rounds, 1.0f, 0.5f); }
std::int64_t multiply_bytes(std::int64_t rounds) { return multiply<std::int32_t>(rounds, 1, 2); }

}  // namespace hearth::portable
