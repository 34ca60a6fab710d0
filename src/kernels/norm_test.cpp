#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/random_weights.h"
#include "kernels/table_tests.h"

namespace hearth {
namespace {

using testing::random_floats;

constexpr std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

HEARTH_TEST_EVERY_TABLE(Norm);

TEST_P(Norm, RmsNormIsItsDefinition) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  for (const std::int64_t n : {1, 3, 8, 17, 64, 100, 2048, 5000}) {
    for (const std::int64_t rows : {1, 3, 40}) {
      const std::vector<float> x = random_floats(size(n * rows), unsigned(n), 3.0f);
      const std::vector<float> weight = random_floats(size(n), unsigned(n) + 1);
      for (const float* w : {weight.data(), static_cast<const float*>(nullptr)}) {
        std::vector<float> y = x;
        rms_norm(y.data(), rows, n, w, 1e-5f, y.data(), context);  // in place
        for (std::int64_t r = 0; r < rows; ++r) {
          double squares = 0;
          for (std::int64_t i = 0; i < n; ++i) squares += double(x[size(r * n + i)]) * double(x[size(r * n + i)]);
          const double factor = 1 / std::sqrt(squares / double(n) + 1e-5);
          for (std::int64_t i = 0; i < n; ++i) {
            const double expected = double(x[size(r * n + i)]) * factor * (w != nullptr ? double(w[i]) : 1.0);
            ASSERT_NEAR(y[size(r * n + i)], expected, 1e-6 * std::abs(expected) + 1e-9) << n;
          }
        }
      }
    }
  }
}

TEST_P(Norm, LayerNormIsItsDefinition) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  for (const std::int64_t n : {1, 3, 8, 17, 64, 100, 2048, 5000}) {
    // A mean far from zero: the variance must not be computed as E[x²] − mean².
    std::vector<float> x = random_floats(size(3 * n), unsigned(n));
    for (float& v : x) v += 100.0f;
    const std::vector<float> weight = random_floats(size(n), unsigned(n) + 1);
    const std::vector<float> bias = random_floats(size(n), unsigned(n) + 2);
    for (const bool affine : {true, false}) {
      std::vector<float> y(x.size());
      layer_norm(x.data(), 3, n, affine ? weight.data() : nullptr, affine ? bias.data() : nullptr, 1e-5f, y.data(),
                 context);
      for (std::int64_t r = 0; r < 3; ++r) {
        double mean = 0;
        for (std::int64_t i = 0; i < n; ++i) mean += double(x[size(r * n + i)]) / double(n);
        double variance = 0;
        for (std::int64_t i = 0; i < n; ++i) variance += std::pow(double(x[size(r * n + i)]) - mean, 2) / double(n);
        for (std::int64_t i = 0; i < n; ++i) {
          const double normal = (double(x[size(r * n + i)]) - mean) / std::sqrt(variance + 1e-5);
          const double expected = affine ? normal * double(weight[size(i)]) + double(bias[size(i)]) : normal;
          // The mean of numbers around 100 is known to about 1e-5 in float32.
          ASSERT_NEAR(y[size(r * n + i)], expected,
                      5e-5 * (1 + std::abs(affine ? double(weight[size(i)]) : 1.0)) + 1e-2 * (n == 1 ? 1 : 0))
              << n;
        }
      }
    }
  }
}

TEST_P(Norm, ZerosAndNumbersThatAreNoneDoNotCrash) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  std::vector<float> zeros(40, 0.0f);
  rms_norm(zeros.data(), 1, 40, nullptr, 1e-6f, zeros.data(), context);
  EXPECT_EQ(zeros, std::vector<float>(40, 0.0f));
  std::vector<float> bad(40, 1.0f);
  bad[39] = kNaN;
  layer_norm(bad.data(), 1, 40, nullptr, nullptr, 1e-6f, bad.data(), context);
  for (const float x : bad) EXPECT_TRUE(std::isnan(x));
}

}  // namespace
}  // namespace hearth
