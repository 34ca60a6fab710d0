#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "kernels/dequantize.h"
#include "kernels/random_weights.h"
#include "kernels/table_tests.h"

namespace hearth {
namespace {

using testing::random_floats;

constexpr std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

HEARTH_TEST_EVERY_TABLE(Activations);

double exact(Activation activation, double x) {
  switch (activation) {
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::kGeluErf: return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case Activation::kRelu: return std::max(x, 0.0);
  }
  return 0;
}

constexpr Activation kAll[] = {Activation::kSilu, Activation::kGeluTanh, Activation::kGeluErf, Activation::kRelu};

TEST_P(Activations, AreAccurateEverywhere) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  std::vector<float> x;
  for (float v = -100; v <= 100; v += 0.00371f) x.push_back(v);
  for (float v = 1e-38f; v < 1e4f; v *= 1.37f) {
    x.push_back(v);
    x.push_back(-v);
  }
  x.push_back(0.0f);
  for (const Activation activation : kAll) {
    std::vector<float> y = x;
    activate(y.data(), static_cast<std::int64_t>(y.size()), activation, context);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = exact(activation, double(x[i]));
      ASSERT_NEAR(y[i], expected, 6e-7 * std::abs(expected) + 3e-7) << int(activation) << " of " << x[i];
    }
  }
}

TEST_P(Activations, SpecialValues) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (const Activation activation : kAll) {
    float x[] = {kNaN, kInfinity, 0.0f};
    activate(x, 3, activation, context);
    EXPECT_TRUE(std::isnan(x[0])) << int(activation);
    EXPECT_EQ(x[1], kInfinity) << int(activation);
    EXPECT_EQ(x[2], 0.0f) << int(activation);
  }
}

TEST_P(Activations, MultiplyKeepsToItsStrides) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  for (const std::int64_t n : {1, 15, 33, 3000}) {
    constexpr std::int64_t kRows = 20;
    const std::int64_t ldg = n + 3;
    const std::int64_t ldu = n + 7;
    const std::vector<float> gate = random_floats(size(kRows * ldg), 1);
    const std::vector<float> up = random_floats(size(kRows * ldu), 2);
    for (const Activation activation : kAll) {
      std::vector<float> y = gate;
      activate_and_multiply(y.data(), ldg, up.data(), ldu, kRows, n, activation, context);
      for (std::int64_t r = 0; r < kRows; ++r) {
        for (std::int64_t i = 0; i < ldg; ++i) {
          const float before = gate[size(r * ldg + i)];
          if (i >= n) {
            ASSERT_EQ(y[size(r * ldg + i)], before);
          } else {
            const double expected = exact(activation, double(before)) * double(up[size(r * ldu + i)]);
            ASSERT_NEAR(y[size(r * ldg + i)], expected, 1e-6 * (1 + std::abs(expected)));
          }
        }
      }
    }
  }
}

HEARTH_TEST_EVERY_TABLE(Values);

TEST_P(Values, AddAndScale) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  for (const std::int64_t n : {0, 1, 7, 100, 100003}) {
    const std::vector<float> x = random_floats(size(n), 1);
    const std::vector<float> y = random_floats(size(n), 2);
    std::vector<float> sum = x;
    add(sum.data(), y.data(), n, context);
    std::vector<float> product = x;
    scale(product.data(), n, 0.3f, context);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(sum[i], x[i] + y[i]);
      ASSERT_EQ(product[i], x[i] * 0.3f);
    }
  }
}

TEST_P(Values, SoftCapIsAccurateForSmallAndLargeValues) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  std::vector<float> x = {0.0f, 1e-20f, -1e-6f, kInfinity, -kInfinity};
  for (float v = -500; v <= 500; v += 0.0213f) x.push_back(v);
  for (const float cap : {1.0f, 30.0f, 50.0f}) {
    std::vector<float> y = x;
    soft_cap(y.data(), static_cast<std::int64_t>(y.size()), cap, context);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = double(cap) * std::tanh(double(x[i]) / double(cap));
      ASSERT_NEAR(y[i], expected, 5e-7 * std::abs(expected)) << x[i] << " capped by " << cap;
    }
  }
  float nan = kNaN;
  soft_cap(&nan, 1, 30.0f, context);
  EXPECT_TRUE(std::isnan(nan));
}

TEST_P(Values, HalvesAreRoundedAsInTensorHalf) {
  std::vector<float> x = random_floats(100, 1, 1000.0f);
  for (const float special :
       {0.0f, -0.0f, 1e-8f, 6e-8f, 65519.0f, 65520.0f, 1e30f, kInfinity, -kInfinity, 1.00048828125f})
    x.push_back(special);
  for (const std::size_t n : {std::size_t{1}, std::size_t{19}, x.size()}) {
    for (const DType dtype : {DType::kF16, DType::kBF16}) {
      std::vector<std::byte> expected(2 * x.size() + 2, std::byte{0x77});
      std::vector<std::byte> found = expected;
      quantize_plain(dtype, x.data(), static_cast<std::int64_t>(n), expected.data());
      (dtype == DType::kF16 ? table().to_f16 : table().to_bf16)(x.data(), static_cast<std::int64_t>(n), found.data());
      EXPECT_EQ(found, expected) << dtype_name(dtype) << " " << n;
    }
  }
  std::uint16_t half = 0;
  table().to_bf16(&kNaN, 1, reinterpret_cast<std::byte*>(&half));
  EXPECT_TRUE(std::isnan(bf16_to_f32(half)));
  table().to_f16(&kNaN, 1, reinterpret_cast<std::byte*>(&half));
  EXPECT_TRUE(std::isnan(f16_to_f32(half)));
}

}  // namespace
}  // namespace hearth
