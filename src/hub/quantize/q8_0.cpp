// Q8_0: x ≈ d · q with the group's largest magnitude at 127.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "hub/quantize/block_quantizers.h"
#include "hub/quantize/lanes.h"
#include "tensor/blocks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

/// As std::round, half away from zero: the rounding that ggml's files have. Exact, unlike adding a half. Within ±127;
/// what is no number becomes −127.
Four rounded(Four x) {
  const Four cut = smaller(larger(four(-127.0F), x), four(127.0F));
  const FourInts whole = __builtin_convertvector(cut, FourInts);
  const Four rest = cut - __builtin_convertvector(whole, Four);
  return __builtin_convertvector(whole - (rest >= 0.5F) + (rest <= -0.5F), Four);  // a comparison that holds is −1
}

}  // namespace

void quantize_q8_0(const float* x, std::int64_t n, std::byte* out) {
  auto* blocks = reinterpret_cast<BlockQ8_0*>(out);
  for (std::int64_t i = 0; i < n / kSmallBlock; ++i) {
    const auto at = [from = x + i * kSmallBlock](int v) {
      Four result;
      std::memcpy(&result, from + 4 * v, sizeof result);
      return result;
    };
    Four most = four(0);
    for (int v = 0; v < kSmallBlock / 4; ++v) most = larger(most, absolute(at(v)));
    const float d = std::max(std::max(most[0], most[1]), std::max(most[2], most[3])) / 127.0F;
    const float inverse = d != 0.0F ? 1.0F / d : 0.0F;
    blocks[i].d = f32_to_f16(d);
    for (int v = 0; v < kSmallBlock / 4; ++v) {
      const Four q = rounded(at(v) * inverse);
      for (int j = 0; j < 4; ++j) blocks[i].qs[4 * v + j] = static_cast<std::int8_t>(q[j]);
    }
  }
}

}  // namespace hearth
