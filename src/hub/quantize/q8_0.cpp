// Q8_0: x ≈ d · q with the group's largest magnitude at 127.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "hub/quantize/block_quantizers.h"
#include "tensor/blocks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

/// As std::round, half away from zero: the rounding that ggml's files have. Exact, unlike adding a half.
float rounded(float x) {
  const auto whole = static_cast<float>(static_cast<int>(x));
  const float rest = x - whole;
  return whole + static_cast<float>(rest >= 0.5F) - static_cast<float>(rest <= -0.5F);
}

}  // namespace

void quantize_q8_0(const float* x, std::int64_t n, std::byte* out) {
  auto* blocks = reinterpret_cast<BlockQ8_0*>(out);
  for (std::int64_t i = 0; i < n / kSmallBlock; ++i) {
    const float* at = x + i * kSmallBlock;
    float most = 0;
    for (int j = 0; j < kSmallBlock; ++j) most = std::max(most, std::fabs(at[j]));
    const float d = most / 127.0F;
    const float inverse = d != 0.0F ? 1.0F / d : 0.0F;
    blocks[i].d = f32_to_f16(d);
    for (int j = 0; j < kSmallBlock; ++j) {
      // A subnormal d has no finite inverse, and 0 · ∞ is no number: std::max then gives its first argument.
      const float scaled = std::min(std::max(-127.0F, at[j] * inverse), 127.0F);
      blocks[i].qs[j] = static_cast<std::int8_t>(rounded(scaled));
    }
  }
}

}  // namespace hearth
