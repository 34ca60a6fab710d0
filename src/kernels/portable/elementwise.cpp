#include <cmath>

#include "kernels/portable/operations.h"

namespace hearth::portable {
namespace {

/// Formulas: Hendrycks and Gimpel 2016 (GELU and its tanh form); Elfwing et al. 2017 (SiLU).
float act(float x, Activation activation) {
  switch (activation) {
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kGeluTanh: {
      constexpr float kSqrt2OverPi = 0.7978845608028654f;
      return 0.5f * x * (1 + std::tanh(kSqrt2OverPi * (x + 0.044715f * x * x * x)));
    }
    case Activation::kGeluErf: {
      constexpr float kSqrtHalf = 0.7071067811865476f;
      return 0.5f * x * std::erfc(-x * kSqrtHalf);
    }
    case Activation::kRelu: return x > 0 || std::isnan(x) ? x : 0;
  }
  return x;
}

}  // namespace

void activate(float* x, std::int64_t n, Activation activation) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = act(x[i], activation);
}

void activate_and_multiply(float* gate, const float* up, std::int64_t n, Activation activation) {
  for (std::int64_t i = 0; i < n; ++i) gate[i] = act(gate[i], activation) * up[i];
}

void add(float* x, const float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] += y[i];
}

void scale(float* x, std::int64_t n, float factor) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void soft_cap(float* x, std::int64_t n, float cap) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = cap * std::tanh(x[i] / cap);
}

void rotate(float* x, const float* cosines, const float* sines, std::int64_t n_half, RopeKind kind) {
  const bool halves = kind == RopeKind::kHalves;
  for (std::int64_t i = 0; i < n_half; ++i) {
    float& a = halves ? x[i] : x[2 * i];
    float& b = halves ? x[i + n_half] : x[2 * i + 1];
    const float rotated = a * cosines[i] - b * sines[i];
    b = a * sines[i] + b * cosines[i];
    a = rotated;
  }
}

}  // namespace hearth::portable
