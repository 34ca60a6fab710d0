#include "model/pooling.h"

#include <cassert>
#include <cmath>

namespace hearth {

std::vector<float> pool(std::span<const float> hidden, std::int64_t n_embd, Pooling pooling, std::int64_t dimensions,
                        bool normalize) {
  assert(n_embd > 0 && !hidden.empty() && hidden.size() % static_cast<std::size_t>(n_embd) == 0 &&
         dimensions <= n_embd);
  const auto width = static_cast<std::size_t>(n_embd);
  const std::size_t n_tokens = hidden.size() / width;
  std::vector<double> sum(static_cast<std::size_t>(dimensions));
  const std::size_t first = pooling == Pooling::kLast ? n_tokens - 1 : 0;
  const std::size_t last = pooling == Pooling::kCls ? 1 : n_tokens;
  for (std::size_t t = first; t < last; ++t) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += hidden[t * width + i];
  }
  double square = 0;
  for (double& value : sum) {
    value /= static_cast<double>(last - first);
    square += value * value;
  }
  const double divisor = normalize && square > 0 ? std::sqrt(square) : 1.0;
  std::vector<float> result;
  result.reserve(sum.size());
  for (const double value : sum) result.push_back(static_cast<float>(value / divisor));
  return result;
}

}  // namespace hearth
