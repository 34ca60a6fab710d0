// For tests of matrix products: what they must be equal to, in float64.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/matmul.h"
#include "kernels/random_weights.h"

namespace hearth::testing {

/// Activations rounded to 8 bits by their definition: a scale of amax / 127 for each group.
inline std::vector<float> rounded(std::vector<float> x, std::int64_t n_in, int group) {
  const auto row_length = static_cast<std::size_t>(n_in);
  const auto group_length = static_cast<std::size_t>(group);
  for (std::size_t row = 0; row < x.size(); row += row_length) {
    for (std::size_t g = 0; g < row_length; g += group_length) {
      float amax = 0;
      for (std::size_t i = row + g; i < row + g + group_length; ++i) amax = std::max(amax, std::fabs(x[i]));
      for (std::size_t i = row + g; amax > 0 && i < row + g + group_length; ++i) {
        x[i] = std::nearbyint(x[i] * (127 / amax)) * (amax / 127);
      }
    }
  }
  return x;
}

/// Float32 sums of n terms: a few units in the last place of the sum of magnitudes.
inline constexpr double kFloatRounding = 1e-6;

/// y [n_tokens, n_out] is x · wᵀ + bias but for `rounding`, relative to the sum of magnitudes.
inline void expect_product(const std::vector<float>& y, const std::vector<float>& x, const Tensor& w,
                           const std::vector<float>& bias, double rounding = kFloatRounding) {
  const auto n_in = static_cast<std::size_t>(w.row_length());
  const auto n_out = static_cast<std::size_t>(w.n_rows());
  std::vector<float> row(n_in);
  for (std::size_t o = 0; o < n_out; ++o) {
    copy_row(w, static_cast<std::int64_t>(o), row.data());
    for (std::size_t t = 0; t * n_in < x.size(); ++t) {
      const ExactDot dot = exact_dot(x.data() + t * n_in, row.data(), w.row_length());
      const double expected = dot.value + static_cast<double>(bias[o]);
      const double bound = rounding * (dot.magnitude + std::abs(expected)) + 1e-30;
      ASSERT_NEAR(y[t * n_out + o], expected, bound) << dtype_name(w.dtype) << " token " << t << " row " << o;
    }
  }
}

}  // namespace hearth::testing
