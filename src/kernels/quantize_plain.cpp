#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "hearth/error.h"
#include "kernels/dequantize.h"
#include "tensor/blocks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

/// x cut to [0, max]; a NaN, which no level fits, becomes 0.
int level(float x, int max) { return x > 0 ? static_cast<int>(std::min(x, static_cast<float>(max))) : 0; }

float inverse(float d) { return d != 0 ? 1 / d : 0; }

/// The value of largest magnitude, with its sign.
float extreme(const float* x) {
  float best = 0;
  for (int i = 0; i < kSmallBlock; ++i) {
    if (std::fabs(x[i]) > std::fabs(best)) best = x[i];
  }
  return best;
}

void pack_nibbles(const int* q, std::uint8_t* qs) {
  for (int i = 0; i < 16; ++i) qs[i] = static_cast<std::uint8_t>((q[i] & 15) | ((q[i + 16] & 15) << 4));
}

void pack_fifth_bits(const int* q, std::uint8_t* qh) {
  for (int i = 0; i < 4; ++i) {
    qh[i] = 0;
    for (int bit = 0; bit < 8; ++bit) qh[i] = static_cast<std::uint8_t>(qh[i] | ((q[8 * i + bit] >> 4) << bit));
  }
}

/// Levels 0 … 2·centre − 1 around a middle that stands for 0: the extreme gets level 0, its opposite is cut by one
/// level.
std::uint16_t levels_around_zero(const float* x, int centre, int* q) {
  const float d = extreme(x) / static_cast<float>(-centre);
  const float id = inverse(d);
  for (int i = 0; i < kSmallBlock; ++i) {
    q[i] = level(x[i] * id + (static_cast<float>(centre) + 0.5f), 2 * centre - 1);
  }
  return f32_to_f16(d);
}

struct ScaleAndMin {
  std::uint16_t d, m;
};

/// Levels 0 … max from the block's smallest to its largest value.
ScaleAndMin levels_from_minimum(const float* x, int max, int* q) {
  const auto [low, high] = std::minmax_element(x, x + kSmallBlock);
  const float d = (*high - *low) / static_cast<float>(max);
  const float id = inverse(d);
  for (int i = 0; i < kSmallBlock; ++i) q[i] = level((x[i] - *low) * id + 0.5f, max);
  return {f32_to_f16(d), f32_to_f16(*low)};
}

void encode(const float* x, BlockQ4_0& b) {
  int q[kSmallBlock];
  b.d = levels_around_zero(x, 8, q);
  pack_nibbles(q, b.qs);
}

void encode(const float* x, BlockQ4_1& b) {
  int q[kSmallBlock];
  const ScaleAndMin s = levels_from_minimum(x, 15, q);
  b.d = s.d;
  b.m = s.m;
  pack_nibbles(q, b.qs);
}

void encode(const float* x, BlockQ5_0& b) {
  int q[kSmallBlock];
  b.d = levels_around_zero(x, 16, q);
  pack_nibbles(q, b.qs);
  pack_fifth_bits(q, b.qh);
}

void encode(const float* x, BlockQ5_1& b) {
  int q[kSmallBlock];
  const ScaleAndMin s = levels_from_minimum(x, 31, q);
  b.d = s.d;
  b.m = s.m;
  pack_nibbles(q, b.qs);
  pack_fifth_bits(q, b.qh);
}

void encode(const float* x, BlockQ8_0& b) {
  const float d = std::fabs(extreme(x)) / 127;
  const float id = inverse(d);
  b.d = f32_to_f16(d);
  for (int i = 0; i < kSmallBlock; ++i) {
    const float scaled = std::round(x[i] * id);
    b.qs[i] = static_cast<std::int8_t>(std::isnan(scaled) ? 0.0f : std::clamp(scaled, -127.0f, 127.0f));
  }
}

template <typename Block>
void encode_blocks(const float* x, std::int64_t n, std::byte* out) {
  auto* blocks = reinterpret_cast<Block*>(out);
  for (std::int64_t i = 0; i < n / kSmallBlock; ++i) encode(x + i * kSmallBlock, blocks[i]);
}

template <std::uint16_t (*kConvert)(float)>
void convert(const float* x, std::int64_t n, std::byte* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint16_t bits = kConvert(x[i]);
    std::memcpy(out + 2 * i, &bits, 2);
  }
}

}  // namespace

void quantize_plain(DType dtype, const float* x, std::int64_t n, std::byte* out) {
  assert(n % dtype_info(dtype).block == 0);
  switch (dtype) {
    case DType::kF32:
      if (n > 0) std::memcpy(out, x, static_cast<std::size_t>(n) * sizeof(float));
      return;
    case DType::kF16: return convert<f32_to_f16>(x, n, out);
    case DType::kBF16: return convert<f32_to_bf16>(x, n, out);
    case DType::kQ4_0: return encode_blocks<BlockQ4_0>(x, n, out);
    case DType::kQ4_1: return encode_blocks<BlockQ4_1>(x, n, out);
    case DType::kQ5_0: return encode_blocks<BlockQ5_0>(x, n, out);
    case DType::kQ5_1: return encode_blocks<BlockQ5_1>(x, n, out);
    case DType::kQ8_0: return encode_blocks<BlockQ8_0>(x, n, out);
    default:
      throw Error(ErrorCode::kUnsupported,
                  "cannot quantise to " + std::string(dtype_name(dtype)) + " by the plain rule",
                  "choose F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1 or Q8_0");
  }
}

}  // namespace hearth
