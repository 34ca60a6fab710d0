#include "tensor/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hearth {
namespace {

/// What a binary16 number means, by its definition.
double meaning(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 0x3FF;
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return mantissa == 0 ? sign * INFINITY : std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Half, EveryF16IsExact) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const double expected = meaning(half);
    const float found = f16_to_f32(half);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(found)) << bits;
      EXPECT_TRUE(std::isnan(f16_to_f32(f32_to_f16(found)))) << bits;
    } else {
      EXPECT_EQ(static_cast<double>(found), expected) << bits;
      EXPECT_EQ(std::signbit(found), std::signbit(expected)) << bits;
      EXPECT_EQ(f32_to_f16(found), half) << bits;
    }
  }
}

TEST(Half, F16RoundsToTheNearestAndTiesToEven) {
  for (std::uint32_t bits = 0; bits < 0x7BFF; ++bits) {  // neighbours of positive numbers below the largest
    const auto low = static_cast<std::uint16_t>(bits);
    const auto high = static_cast<std::uint16_t>(bits + 1);
    const auto middle = static_cast<float>((meaning(low) + meaning(high)) / 2);  // exact: one bit more
    const std::uint16_t even = bits % 2 == 0 ? low : high;
    ASSERT_EQ(f32_to_f16(middle), even) << bits;
    ASSERT_EQ(f32_to_f16(std::nextafter(middle, 0.0f)), low) << bits;
    ASSERT_EQ(f32_to_f16(std::nextafter(middle, 1e9f)), high) << bits;
    ASSERT_EQ(f32_to_f16(-middle), even | 0x8000) << bits;
  }
  EXPECT_EQ(f32_to_f16(65504.0f), 0x7BFF);
  EXPECT_EQ(f32_to_f16(std::nextafter(65520.0f, 0.0f)), 0x7BFF);
  EXPECT_EQ(f32_to_f16(65520.0f), 0x7C00);
  EXPECT_EQ(f32_to_f16(-3e38f), 0xFC00);
  EXPECT_EQ(f32_to_f16(INFINITY), 0x7C00);
  EXPECT_EQ(f32_to_f16(1e-30f), 0);
}

TEST(Half, Bf16IsTheUpperHalfRounded) {
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    const std::uint32_t bits = random();
    const auto value = std::bit_cast<float>(bits);
    const std::uint16_t half = f32_to_bf16(value);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(bf16_to_f32(half))) << bits;
      continue;
    }
    // The nearest of the two numbers around it, and the even one of equally near ones.
    const std::uint32_t rest = bits & 0xFFFF;
    const std::uint32_t up = rest > 0x8000 || (rest == 0x8000 && ((bits >> 16) & 1) != 0) ? 1 : 0;
    ASSERT_EQ(half, static_cast<std::uint16_t>((bits >> 16) + up)) << bits;
    ASSERT_EQ(f32_to_bf16(bf16_to_f32(half)), half) << bits;
  }
  EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(std::bit_cast<float>(0x7F800001u)))));  // only cut-off bits set
  EXPECT_TRUE(std::isinf(bf16_to_f32(f32_to_bf16(std::numeric_limits<float>::max()))));
}

}  // namespace
}  // namespace hearth
