#include "kernels/dequantize.h"

#include <cassert>
#include <cstring>

#include "tensor/blocks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

// One block to floats. The order of the multiplications is ggml's (ggml-quants.c): the results are equal bit for bit.

void decode(const BlockQ4_0& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>((b.qs[i] & 15) - 8) * d;
    out[i + 16] = static_cast<float>((b.qs[i] >> 4) - 8) * d;
  }
}

void decode(const BlockQ4_1& b, float* out) {
  const float d = f16_to_f32(b.d);
  const float m = f16_to_f32(b.m);
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(b.qs[i] & 15) * d + m;
    out[i + 16] = static_cast<float>(b.qs[i] >> 4) * d + m;
  }
}

/// The five-bit number of value i (< 32) of a Q5_0 or Q5_1 block.
template <typename Block>
int five_bits(const Block& b, int i) {
  const int nibble = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  return nibble | (((b.qh[i / 8] >> (i % 8)) & 1) << 4);
}

void decode(const BlockQ5_0& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(five_bits(b, i) - 16) * d;
}

void decode(const BlockQ5_1& b, float* out) {
  const float d = f16_to_f32(b.d);
  const float m = f16_to_f32(b.m);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(five_bits(b, i)) * d + m;
}

void decode(const BlockQ8_0& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(b.qs[i]) * d;
}

void decode(const BlockQ2_K& b, float* out) {
  const float d = f16_to_f32(b.d);
  const float dmin = f16_to_f32(b.dmin);
  for (int i = 0; i < kSuperBlock; ++i) {
    const int half = i / 128;
    const int run = i % 128 / 32;
    const int q = (b.qs[32 * half + i % 32] >> (2 * run)) & 3;
    const std::uint8_t scale = b.scales[i / 16];
    out[i] = d * static_cast<float>(scale & 15) * static_cast<float>(q) - dmin * static_cast<float>(scale >> 4);
  }
}

void decode(const BlockQ3_K& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int i = 0; i < kSuperBlock; ++i) {
    const int half = i / 128;
    const int run = i % 128 / 32;
    const int g = i / 16;
    const int low = (b.qs[32 * half + i % 32] >> (2 * run)) & 3;
    const int high = (b.hmask[i % 32] >> (4 * half + run)) & 1;
    const int nibble = g < 8 ? b.scales[g] & 15 : b.scales[g - 8] >> 4;
    const int scale = (nibble | (((b.scales[8 + g % 4] >> (2 * (g / 4))) & 3) << 4)) - 32;
    out[i] = d * static_cast<float>(scale) * static_cast<float>((low | (high << 2)) - 4);
  }
}

struct ScaleMin {
  int scale, min;
};

/// The six-bit scale and minimum of group g (< 8) of a Q4_K or Q5_K block.
ScaleMin scale_min(const std::uint8_t* s, int g) {
  if (g < 4) return {s[g] & 63, s[g + 4] & 63};
  return {(s[g + 4] & 15) | ((s[g - 4] >> 6) << 4), (s[g + 4] >> 4) | ((s[g] >> 6) << 4)};
}

void decode(const BlockQ4_K& b, float* out) {
  const float d = f16_to_f32(b.d);
  const float dmin = f16_to_f32(b.dmin);
  for (int g = 0; g < 8; ++g) {
    const ScaleMin s = scale_min(b.scales, g);
    const float scale = d * static_cast<float>(s.scale);
    const float min = dmin * static_cast<float>(s.min);
    for (int l = 0; l < 32; ++l) {
      const int q = (b.qs[32 * (g / 2) + l] >> (4 * (g % 2))) & 15;
      out[32 * g + l] = scale * static_cast<float>(q) - min;
    }
  }
}

void decode(const BlockQ5_K& b, float* out) {
  const float d = f16_to_f32(b.d);
  const float dmin = f16_to_f32(b.dmin);
  for (int g = 0; g < 8; ++g) {
    const ScaleMin s = scale_min(b.scales, g);
    const float scale = d * static_cast<float>(s.scale);
    const float min = dmin * static_cast<float>(s.min);
    for (int l = 0; l < 32; ++l) {
      const int low = (b.qs[32 * (g / 2) + l] >> (4 * (g % 2))) & 15;
      const int q = low | (((b.qh[l] >> g) & 1) << 4);
      out[32 * g + l] = scale * static_cast<float>(q) - min;
    }
  }
}

void decode(const BlockQ6_K& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int i = 0; i < kSuperBlock; ++i) {
    const int half = i / 128;
    const int run = i % 128 / 32;
    const int low = (b.ql[64 * half + 32 * (run % 2) + i % 32] >> (4 * (run / 2))) & 15;
    const int high = (b.qh[32 * half + i % 32] >> (2 * run)) & 3;
    const int g = i / 16;
    out[i] = d * static_cast<float>(b.scales[g]) * static_cast<float>((low | (high << 4)) - 32);
  }
}

void decode(const BlockIQ4_NL& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>(kIq4Values[b.qs[i] & 15]);
    out[i + 16] = d * static_cast<float>(kIq4Values[b.qs[i] >> 4]);
  }
}

void decode(const BlockIQ4_XS& b, float* out) {
  const float d = f16_to_f32(b.d);
  for (int g = 0; g < 8; ++g) {
    const int byte = g / 2;
    const int low = (b.scales_l[byte] >> (4 * (g % 2))) & 15;
    const int scale = (low | (((b.scales_h >> (2 * g)) & 3) << 4)) - 32;
    const float dg = d * static_cast<float>(scale);
    for (int l = 0; l < 16; ++l) {
      out[32 * g + l] = dg * static_cast<float>(kIq4Values[b.qs[16 * g + l] & 15]);
      out[32 * g + 16 + l] = dg * static_cast<float>(kIq4Values[b.qs[16 * g + l] >> 4]);
    }
  }
}

template <typename Block, int kValues>
void decode_blocks(const std::byte* data, std::int64_t n, float* out) {
  const auto* blocks = reinterpret_cast<const Block*>(data);
  for (std::int64_t i = 0; i < n / kValues; ++i) decode(blocks[i], out + i * kValues);
}

template <float (*kConvert)(std::uint16_t)>
void convert(const std::byte* data, std::int64_t n, float* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, data + 2 * i, 2);
    out[i] = kConvert(bits);
  }
}

}  // namespace

void dequantize(DType dtype, const std::byte* data, std::int64_t n, float* out) {
  assert(n % dtype_info(dtype).block == 0);
  switch (dtype) {
    case DType::kF32:
      if (n > 0) std::memcpy(out, data, static_cast<std::size_t>(n) * sizeof(float));
      return;
    case DType::kF16: return convert<f16_to_f32>(data, n, out);
    case DType::kBF16: return convert<bf16_to_f32>(data, n, out);
    case DType::kQ4_0: return decode_blocks<BlockQ4_0, 32>(data, n, out);
    case DType::kQ4_1: return decode_blocks<BlockQ4_1, 32>(data, n, out);
    case DType::kQ5_0: return decode_blocks<BlockQ5_0, 32>(data, n, out);
    case DType::kQ5_1: return decode_blocks<BlockQ5_1, 32>(data, n, out);
    case DType::kQ8_0: return decode_blocks<BlockQ8_0, 32>(data, n, out);
    case DType::kQ2_K: return decode_blocks<BlockQ2_K, 256>(data, n, out);
    case DType::kQ3_K: return decode_blocks<BlockQ3_K, 256>(data, n, out);
    case DType::kQ4_K: return decode_blocks<BlockQ4_K, 256>(data, n, out);
    case DType::kQ5_K: return decode_blocks<BlockQ5_K, 256>(data, n, out);
    case DType::kQ6_K: return decode_blocks<BlockQ6_K, 256>(data, n, out);
    case DType::kIQ4_NL: return decode_blocks<BlockIQ4_NL, 32>(data, n, out);
    case DType::kIQ4_XS: return decode_blocks<BlockIQ4_XS, 256>(data, n, out);
    default: assert(!"dequantize: not a weight dtype"); return;
  }
}

}  // namespace hearth
