// Sums and maxima over logits in eight lanes of fixed membership: SIMD-fast, and the same bits on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>

namespace hearth {

/// The largest value, -infinity where all are NaN or there is none.
inline float max_of(std::span<const float> values) {
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  std::array<float, 8> lanes;
  lanes.fill(kNone);
  std::size_t i = 0;
  for (; i + lanes.size() <= values.size(); i += lanes.size()) {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
    }
  }
  float best = kNone;
  for (const float lane : lanes) best = lane > best ? lane : best;
  for (; i < values.size(); ++i) best = values[i] > best ? values[i] : best;
  return best;
}

inline double sum_of(std::span<const float> values) {
  std::array<double, 8> lanes{};
  std::size_t i = 0;
  for (; i + lanes.size() <= values.size(); i += lanes.size()) {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] += static_cast<double>(values[i + lane]);
  }
  double sum = std::accumulate(lanes.begin(), lanes.end(), 0.0);
  for (; i < values.size(); ++i) sum += static_cast<double>(values[i]);
  return sum;
}

}  // namespace hearth
