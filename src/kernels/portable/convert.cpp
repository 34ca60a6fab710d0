#include <cstring>

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

}  // namespace hearth::portable
