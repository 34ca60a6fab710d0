#include <cmath>

#include "kernels/portable/operations.h"

namespace hearth::portable {

void rms_norm(const float* x, std::int64_t n, const float* weight, float eps, float* y) {
  double squares = 0;
  for (std::int64_t i = 0; i < n; ++i) squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  const auto factor = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(n) + static_cast<double>(eps)));
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * factor * (weight != nullptr ? weight[i] : 1.0f);
}

void layer_norm(const float* x, std::int64_t n, const float* weight, const float* bias, float eps, float* y) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
  const double mean = sum / static_cast<double>(n);
  double squares = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double deviation = static_cast<double>(x[i]) - mean;
    squares += deviation * deviation;
  }
  const double factor = 1 / std::sqrt(squares / static_cast<double>(n) + static_cast<double>(eps));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto normal = static_cast<float>((static_cast<double>(x[i]) - mean) * factor);
    y[i] = normal * (weight != nullptr ? weight[i] : 1.0f) + (bias != nullptr ? bias[i] : 0.0f);
  }
}

}  // namespace hearth::portable
