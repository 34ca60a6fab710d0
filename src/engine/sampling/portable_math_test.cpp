#include "engine/sampling/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hearth {
namespace {

TEST(ExpNonpositive, IsWithinAFewUnitsInTheLastPlaceOfTheTrueValue) {
  double worst = 0.0;
  for (int i = 0; i <= 870000; ++i) {
    const float x = -static_cast<float>(i) * 1e-4F;
    const double expected = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::fabs(static_cast<double>(exp_nonpositive(x)) - expected) / expected);
  }
  EXPECT_LT(worst, 3.0 * 0x1.0p-24);
}

TEST(ExpNonpositive, IsExactAtTheEnds) {
  EXPECT_EQ(exp_nonpositive(0.0F), 1.0F);
  EXPECT_EQ(exp_nonpositive(-0.0F), 1.0F);
  EXPECT_GT(exp_nonpositive(-87.0F), 0.0F);
  EXPECT_EQ(exp_nonpositive(-87.5F), 0.0F);
  EXPECT_EQ(exp_nonpositive(-std::numeric_limits<float>::max()), 0.0F);
  EXPECT_EQ(exp_nonpositive(-std::numeric_limits<float>::infinity()), 0.0F);
}

TEST(ExpNonpositive, NeverGrowsAsXFalls) {
  float previous = 1.0F;
  for (float x = 0.0F; x > -90.0F; x -= 0.0137F) {
    const float value = exp_nonpositive(x);
    EXPECT_LE(value, previous) << x;
    previous = value;
  }
}

TEST(NaturalLog, EqualsTheLibraryToTheLastBits) {
  for (double x = 1e-30; x < 1e30; x *= 1.0371) {
    EXPECT_NEAR(natural_log(x), std::log(x), 4e-16 * std::max(1.0, std::fabs(std::log(x)))) << x;
  }
  EXPECT_EQ(natural_log(1.0), 0.0);
}

TEST(IntegerPower, MultipliesNTimes) {
  EXPECT_EQ(integer_power(1.75, 0), 1.0);
  EXPECT_EQ(integer_power(2.0, 10), 1024.0);
  EXPECT_DOUBLE_EQ(integer_power(1.75, 3), 1.75 * 1.75 * 1.75);
  EXPECT_EQ(integer_power(1.0, std::numeric_limits<std::uint64_t>::max()), 1.0);
  EXPECT_TRUE(std::isinf(integer_power(2.0, 100000)));
}

}  // namespace
}  // namespace hearth
