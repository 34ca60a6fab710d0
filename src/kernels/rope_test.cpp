#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/random_weights.h"
#include "kernels/table_tests.h"

namespace hearth {
namespace {

using testing::random_floats;

constexpr std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

HEARTH_TEST_EVERY_TABLE(Rope);

TEST_P(Rope, RotatesPairsByTheirAngles) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  for (const RopeKind kind : {RopeKind::kHalves, RopeKind::kNeighbours}) {
    for (const std::int64_t n_half : {1, 4, 16, 20, 32, 64}) {
      const std::int64_t head_dim = 2 * n_half + (n_half == 16 ? 8 : 0);  // sometimes a part is not rotated
      constexpr std::int64_t kHeads = 3;
      const std::int64_t ldx = kHeads * head_dim + 5;
      std::vector<float> inv_freq;
      for (std::int64_t i = 0; i < n_half; ++i)
        inv_freq.push_back(std::pow(10000.0f, -static_cast<float>(i) / static_cast<float>(n_half)));
      const std::vector<std::int32_t> positions = {0, 1, 17, 4095, 1000000};
      const auto n_tokens = static_cast<std::int64_t>(positions.size());
      const std::vector<float> x = random_floats(size(n_tokens * ldx), 3);
      std::vector<float> y = x;
      rope(y.data(), ldx, n_tokens, kHeads, head_dim, inv_freq, kind, 1.25f, positions, context);
      std::vector<double> expected(x.begin(), x.end());
      for (std::int64_t t = 0; t < n_tokens; ++t) {
        for (std::int64_t h = 0; h < kHeads; ++h) {
          for (std::int64_t i = 0; i < n_half; ++i) {
            const std::int64_t head = t * ldx + h * head_dim;
            const std::size_t first = size(head + (kind == RopeKind::kHalves ? i : 2 * i));
            const std::size_t second = size(head + (kind == RopeKind::kHalves ? i + n_half : 2 * i + 1));
            const double angle = double(positions[size(t)]) * double(inv_freq[size(i)]);
            const double a = double(x[first]);
            const double b = double(x[second]);
            expected[first] = 1.25 * (a * std::cos(angle) - b * std::sin(angle));
            expected[second] = 1.25 * (a * std::sin(angle) + b * std::cos(angle));
          }
        }
      }
      for (std::size_t i = 0; i < y.size(); ++i)
        ASSERT_NEAR(y[i], expected[i], 1e-6 * (1 + std::abs(expected[i]))) << i;
    }
  }
}

TEST_P(Rope, DifferentBatchesDoNotShareAngles) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  const std::vector<float> slow = {0.5f};
  const std::vector<float> quick = {1.0f};
  const auto angle_of = [&](const std::vector<float>& inv_freq, std::int32_t position, float magnitude) {
    float x[2] = {1.0f, 0.0f};
    rope(x, 2, 1, 1, 2, inv_freq, RopeKind::kHalves, magnitude, std::vector<std::int32_t>{position}, context);
    return x[0];
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_NEAR(angle_of(slow, 1, 1), std::cos(0.5), 1e-6);
    EXPECT_NEAR(angle_of(quick, 1, 1), std::cos(1.0), 1e-6);
    EXPECT_NEAR(angle_of(quick, 2, 1), std::cos(2.0), 1e-6);
    EXPECT_NEAR(angle_of(quick, 2, 3), 3 * std::cos(2.0), 1e-5);
  }
}

}  // namespace
}  // namespace hearth
