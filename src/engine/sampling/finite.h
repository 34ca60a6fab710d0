// Logits that arithmetic on large parameters must not turn into infinities: a penalty makes a token unlikely, it never
// forbids it and never makes it certain.
#pragma once

#include <algorithm>
#include <limits>

namespace hearth {

inline float to_finite(float logit) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  return std::clamp(logit, -kLargest, kLargest);
}

}  // namespace hearth
