// Going over a row vector by vector, with the part that does not fill one.
#pragma once

#include "kernels/generic/inline.h"

namespace hearth {
namespace {

/// f(whole vector at i) over a row, and for the rest f with loads and stores of a part. `load` and `store` take
/// (pointer).
template <typename F>
HEARTH_INLINE void each_vector(std::int64_t n, const F& f) {
  std::int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes) {
    f(
        i, [](const float* p) HEARTH_INLINE_LAMBDA { return F32::load(p); },
        [](F32 x, float* p) HEARTH_INLINE_LAMBDA { x.store(p); });
  }
  if (const std::int64_t rest = n - i; rest > 0) {
    f(
        i, [rest](const float* p) HEARTH_INLINE_LAMBDA { return load_part(p, rest); },
        [rest](F32 x, float* p) HEARTH_INLINE_LAMBDA { store_part(x, p, rest); });
  }
}

}  // namespace
}  // namespace hearth
