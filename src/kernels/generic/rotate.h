// Rotary embedding of one head.
#pragma once

#include "kernels/generic/each_vector.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

void rotate(float* x, const float* cosines, const float* sines, std::int64_t n_half, RopeKind kind) {
  if (kind == RopeKind::kHalves) {
    each_vector(n_half, [&](std::int64_t i, auto load, auto store) HEARTH_INLINE_LAMBDA {
      const F32 a = load(x + i);
      const F32 b = load(x + n_half + i);
      const F32 c = load(cosines + i);
      const F32 s = load(sines + i);
      store(a * c - b * s, x + i);
      store(a * s + b * c, x + n_half + i);
    });
    return;
  }
  for (std::int64_t i = 0; i < n_half; ++i) {
    const float a = x[2 * i];
    const float b = x[2 * i + 1];
    x[2 * i] = a * cosines[i] - b * sines[i];
    x[2 * i + 1] = a * sines[i] + b * cosines[i];
  }
}

}  // namespace
}  // namespace hearth
