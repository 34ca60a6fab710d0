// exp and log whose every bit is the same on every machine: sampling must not depend on which libm or CPU computes it
// (glibc picks FMA variants at run time). Only what sampling needs: not a maths library.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace hearth {

/// e^x for x <= 0 (also -infinity), to about 2 units in the last place; below -87 it is 0. e^x = 2^n · e^r with n =
/// round(x / ln 2); e^r by its Taylor series, whose error at |r| <= ln2/2 is below 6e-9. Comparisons are made on the
/// bits: a loop over floating point comparisons does not become SIMD unless the compiler may forget about traps.
inline float exp_nonpositive(float x) {
  constexpr std::int32_t kLowest = std::bit_cast<std::int32_t>(87.0F);  // down to here 2^n is a normal float
  constexpr float kRoundToInt = 12582912.0F;  // 1.5 · 2^23: adding it leaves no fraction bits
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;    // 355/512: n times it is exact
  constexpr float kLn2Low = -2.12194440e-4F;  // ln 2 - kLn2High
  const std::int32_t magnitude = std::bit_cast<std::int32_t>(x) & 0x7FFFFFFF;
  const float clamped = -std::bit_cast<float>(magnitude < kLowest ? magnitude : kLowest);
  const float n = (clamped * kLog2E + kRoundToInt) - kRoundToInt;
  const float r = (clamped - n * kLn2High) - n * kLn2Low;
  float series = 1.0F / 5040.0F;
  series = series * r + 1.0F / 720.0F;
  series = series * r + 1.0F / 120.0F;
  series = series * r + 1.0F / 24.0F;
  series = series * r + 1.0F / 6.0F;
  series = series * r + 0.5F;
  series = series * r + 1.0F;
  series = series * r + 1.0F;
  const std::int32_t power_of_two = (static_cast<std::int32_t>(n) + 127) << 23;
  const std::int32_t value = std::bit_cast<std::int32_t>(series * std::bit_cast<float>(power_of_two));
  const std::int32_t too_low = (kLowest - magnitude) >> 31;  // all bits where x < -87
  return std::bit_cast<float>(value & ~too_low);
}

/// ln x for finite x > 0: x = m · 2^e with m near 1, ln m = 2 artanh((m - 1) / (m + 1)) by its series (error below
/// 1e-17).
inline double natural_log(double x) {
  constexpr double kLn2 = 0.693147180559945309417;
  constexpr double kSqrtHalf = 0.70710678118654752440;
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // [0.5, 1)
  if (m < kSqrtHalf) {
    m *= 2.0;
    --exponent;
  }
  const double z = (m - 1.0) / (m + 1.0);
  const double z2 = z * z;
  double series = 0.0;
  for (int k = 21; k >= 1; k -= 2) series = series * z2 + 1.0 / k;
  return 2.0 * z * series + static_cast<double>(exponent) * kLn2;
}

/// base^n by squaring.
inline double integer_power(double base, std::uint64_t n) {
  double result = 1.0;
  for (; n > 0; n >>= 1) {
    if ((n & 1U) != 0) result *= base;
    base *= base;
  }
  return result;
}

}  // namespace hearth
