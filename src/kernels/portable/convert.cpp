#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/portable/operations.h"
#include "tensor/half.h"

namespace hearth::portable {
namespace {

template <std::uint16_t (*kConvert)(float)>
void convert(const float* x, std::int64_t n, std::byte* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint16_t bits = kConvert(x[i]);
    std::memcpy(out + 2 * i, &bits, sizeof(bits));
  }
}

}  // namespace

void to_f16(const float* x, std::int64_t n, std::byte* out) { convert<f32_to_f16>(x, n, out); }
void to_bf16(const float* x, std::int64_t n, std::byte* out) { convert<f32_to_bf16>(x, n, out); }

float to_s8(const float* x, std::int64_t n, std::int8_t* out) {
  constexpr float kSmallestMaximum = 1e-30f;  // of less 127 / amax would overflow
  float amax = 0;
  bool finite = true;
  for (std::int64_t i = 0; i < n; ++i) {
    amax = std::fmax(amax, std::fabs(x[i]));
    finite = finite && std::isfinite(x[i]);
  }
  for (std::int64_t i = 0; i < n; ++i) out[i] = 0;
  if (!finite) return std::numeric_limits<float>::quiet_NaN();
  if (amax < kSmallestMaximum) return 0;
  const float inverse = 127 / amax;
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<std::int8_t>(std::nearbyint(x[i] * inverse));
  return amax / 127;
}

}  // namespace hearth::portable
