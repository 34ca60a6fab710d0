#include "hub/quantize/block_quantizers.h"

#include <cmath>

#include "kernels/dequantize.h"

namespace hearth {

bool can_quantize_to(DType dtype) {
  switch (dtype) {
    case DType::kF32:
    case DType::kF16:
    case DType::kBF16:
    case DType::kQ8_0:
    case DType::kQ4_0:
    case DType::kQ4_1:
    case DType::kQ5_0:
    case DType::kQ5_1:
    case DType::kQ4_K:
    case DType::kQ5_K:
    case DType::kQ6_K: return true;
    default: return false;
  }
}

void quantize_blocks(DType dtype, const float* x, std::int64_t n, std::byte* out) {
  switch (dtype) {
    case DType::kQ4_K: return quantize_q4_k(x, n, out);
    case DType::kQ5_K: return quantize_q5_k(x, n, out);
    case DType::kQ6_K: return quantize_q6_k(x, n, out);
    case DType::kQ8_0: return quantize_q8_0(x, n, out);
    default: return quantize_plain(dtype, x, n, out);
  }
}

bool fits_blocks(const float* x, std::int64_t n) {
  constexpr float kLargestF16 = 65504.0F;
  int bad = 0;
  for (std::int64_t i = 0; i < n; ++i) bad |= static_cast<int>(!(std::fabs(x[i]) <= kLargestF16));  // a NaN is bad too
  return bad == 0;
}

}  // namespace hearth
