#include "hub/quantize/block_quantizers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "kernels/dequantize.h"

namespace hearth {
namespace {

std::vector<float> normal_values(std::size_t n, float deviation, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> distribution(0, deviation);
  std::vector<float> values(n);
  for (float& value : values) value = distribution(generator);
  return values;
}

std::vector<std::byte> quantized(DType dtype, const std::vector<float>& x) {
  std::vector<std::byte> bytes(row_bytes(dtype, static_cast<std::int64_t>(x.size())));
  quantize_blocks(dtype, x.data(), static_cast<std::int64_t>(x.size()), bytes.data());
  return bytes;
}

std::vector<float> round_trip(DType dtype, const std::vector<float>& x) {
  const auto bytes = quantized(dtype, x);
  std::vector<float> y(x.size());
  dequantize(dtype, bytes.data(), static_cast<std::int64_t>(x.size()), y.data());
  return y;
}

/// Root of the mean squared error, relative to the values'.
double relative_error(DType dtype, const std::vector<float>& x) {
  const auto y = round_trip(dtype, x);
  double error = 0;
  double size = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    error += std::pow(double{x[i]} - y[i], 2);
    size += std::pow(double{x[i]}, 2);
  }
  return std::sqrt(error / size);
}

/// For a normal distribution. The bounds are what llama-quantize's files have (docs/internals/quantize.md says how that
/// was measured): a search that is worse fails.
TEST(BlockQuantizers, ErrorOfNormalValues) {
  const auto x = normal_values(256 * 1000, 0.02F);
  EXPECT_LT(relative_error(DType::kQ4_K, x), 0.0745);
  EXPECT_LT(relative_error(DType::kQ5_K, x), 0.0374);
  EXPECT_LT(relative_error(DType::kQ6_K, x), 0.0186);
  EXPECT_LT(relative_error(DType::kQ8_0, x), 0.0055);
}

TEST(BlockQuantizers, AnySize) {
  for (const float deviation : {1e-30F, 1e-6F, 1.0F, 5000.0F}) {
    for (const DType dtype : {DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kQ8_0}) {
      const auto x = normal_values(256 * 8, deviation);
      for (const float y : round_trip(dtype, x)) ASSERT_TRUE(std::isfinite(y)) << dtype_name(dtype) << " " << deviation;
      if (deviation >= 1.0F) {
        EXPECT_LT(relative_error(dtype, x), 0.08) << dtype_name(dtype) << " " << deviation;
      }
    }
  }
}

TEST(BlockQuantizers, ZerosStayZeros) {
  std::vector<float> x(512, 0.0F);
  x[300] = 1.0F;  // the second block is not all zero, its other groups are
  for (const DType dtype : {DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kQ8_0}) {
    const auto y = round_trip(dtype, x);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i], 2e-3) << dtype_name(dtype) << " " << i;
  }
}

TEST(BlockQuantizers, ConstantsAreNearlyExact) {
  for (const float value : {0.5F, -0.5F, 100.0F}) {
    const std::vector<float> x(256, value);
    for (const DType dtype : {DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kQ8_0}) {
      for (const float y : round_trip(dtype, x)) ASSERT_NEAR(y, value, 1e-2 * std::fabs(value)) << dtype_name(dtype);
    }
  }
}

/// One outlier must not take the levels of the other groups.
TEST(BlockQuantizers, OutliersStayInTheirGroup) {
  auto x = normal_values(256, 0.01F);
  x[17] = 3.0F;
  for (const DType dtype : {DType::kQ4_K, DType::kQ5_K, DType::kQ6_K}) {
    const auto y = round_trip(dtype, x);
    EXPECT_NEAR(y[17], 3.0F, 0.1F) << dtype_name(dtype);
    double error = 0;
    for (std::size_t i = 32; i < x.size(); ++i) error += std::pow(double{x[i]} - y[i], 2);
    EXPECT_LT(std::sqrt(error / 224), 0.02) << dtype_name(dtype);
  }
}

TEST(BlockQuantizers, Q80IsThePlainRule) {
  for (const float deviation : {1e-40F, 1e-5F, 1.0F, 300.0F}) {
    auto x = normal_values(32 * 500, deviation);
    for (std::size_t i = 0; i < 64; ++i) x[i] = static_cast<float>(i % 32) - 15.5F;  // halves: away from zero
    x[64] = 127.0F;
    const auto bytes = quantized(DType::kQ8_0, x);
    std::vector<std::byte> plain(bytes.size());
    quantize_plain(DType::kQ8_0, x.data(), static_cast<std::int64_t>(x.size()), plain.data());
    std::vector<float> a(x.size());
    std::vector<float> b(x.size());
    dequantize(DType::kQ8_0, bytes.data(), static_cast<std::int64_t>(x.size()), a.data());
    dequantize(DType::kQ8_0, plain.data(), static_cast<std::int64_t>(x.size()), b.data());
    EXPECT_EQ(a, b) << deviation;
  }
}

TEST(BlockQuantizers, WhatFits) {
  std::vector<float> x(100, 65504.0F);
  EXPECT_TRUE(fits_blocks(x.data(), 100));
  for (const float bad :
       {65505.0F, -65505.0F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    x[99] = bad;
    EXPECT_FALSE(fits_blocks(x.data(), 100));
    EXPECT_TRUE(fits_blocks(x.data(), 99));
  }
}

TEST(BlockQuantizers, EachTypeThatCanBeWritten) {
  const auto x = normal_values(256, 1);
  int n = 0;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (!can_quantize_to(dtype)) continue;
    ++n;
    EXPECT_LT(relative_error(dtype, x), 0.11) << dtype_name(dtype);
  }
  EXPECT_EQ(n, 11);
}

}  // namespace
}  // namespace hearth
