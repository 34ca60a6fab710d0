// RMS norm and layer norm of a row.
#pragma once

#include "kernels/generic/each_vector.h"

namespace hearth {
namespace {

/// Σ over a row of what f makes of its vectors, in four interleaved vectors of sums. Lanes past the end give f(0): it
/// must be 0.
template <typename F>
HEARTH_INLINE float sum_over(const float* x, std::int64_t n, const F& f) {
  F32 sums[4] = {F32::zero(), F32::zero(), F32::zero(), F32::zero()};
  std::int64_t i = 0;
  for (; i + 4 * F32::kLanes <= n; i += 4 * F32::kLanes) {
    unroll<4>([&](auto j) HEARTH_INLINE_LAMBDA { sums[j] = f(F32::load(x + i + j * F32::kLanes), sums[j]); });
  }
  for (; i + F32::kLanes <= n; i += F32::kLanes) sums[0] = f(F32::load(x + i), sums[0]);
  if (i < n) sums[1] = f(load_part(x + i, n - i), sums[1]);
  return sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

void rms_norm(const float* x, std::int64_t n, const float* weight, float eps, float* y) {
  const float squares = sum_over(x, n, [](F32 v, F32 total) HEARTH_INLINE_LAMBDA { return fma(v, v, total); });
  const F32 factor = F32::set1(1 / __builtin_sqrtf(squares / static_cast<float>(n) + eps));
  each_vector(n, [&](std::int64_t i, auto load, auto store) HEARTH_INLINE_LAMBDA {
    F32 v = load(x + i) * factor;
    if (weight != nullptr) v = v * load(weight + i);
    store(v, y + i);
  });
}

void layer_norm(const float* x, std::int64_t n, const float* weight, const float* bias, float eps, float* y) {
  const float mean =
      sum_over(x, n, [](F32 v, F32 total) HEARTH_INLINE_LAMBDA { return total + v; }) / static_cast<float>(n);
  const F32 middle = F32::set1(mean);
  float squares = sum_over(x, n - n % F32::kLanes, [&](F32 v, F32 total) HEARTH_INLINE_LAMBDA {
    const F32 deviation = v - middle;
    return fma(deviation, deviation, total);
  });
  for (std::int64_t i = n - n % F32::kLanes; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const F32 factor = F32::set1(1 / __builtin_sqrtf(squares / static_cast<float>(n) + eps));
  each_vector(n, [&](std::int64_t i, auto load, auto store) HEARTH_INLINE_LAMBDA {
    F32 v = (load(x + i) - middle) * factor;
    if (weight != nullptr) v = v * load(weight + i);
    if (bias != nullptr) v = v + load(bias + i);
    store(v, y + i);
  });
}

}  // namespace
}  // namespace hearth
