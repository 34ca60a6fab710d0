// For tests and benchmarks: random weights of any dtype, and the exact product in float64.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "kernels/dequantize.h"
#include "tensor/blocks.h"
#include "tensor/half.h"
#include "tensor/tensor.h"

namespace hearth::testing {

inline std::vector<float> random_floats(std::size_t n, unsigned seed, float deviation = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(n);
  for (float& value : values) value = normal(random);
  return values;
}

/// A matrix with random bits in every quant and scale field, but F16 scales of ordinary size; every ninth block is all
/// zero bits.
inline Tensor random_weights(DType dtype, std::int64_t n_out, std::int64_t n_in, unsigned seed) {
  const std::size_t bytes = row_bytes(dtype, n_in) * static_cast<std::size_t>(n_out);
  auto data = std::make_shared<std::vector<std::byte>>(bytes);
  std::mt19937 random(seed);
  if (!is_quantized(dtype)) {
    const std::vector<float> values = random_floats(static_cast<std::size_t>(n_in * n_out), seed, 0.1f);
    quantize_plain(dtype, values.data(), n_in * n_out, data->data());
  } else {
    for (std::byte& b : *data) b = static_cast<std::byte>(random());
    // The offsets of the F16 fields, in tensor/blocks.h.
    std::vector<std::size_t> halves = {0};
    switch (dtype) {
      case DType::kQ4_1:
      case DType::kQ5_1:
      case DType::kQ4_K:
      case DType::kQ5_K: halves = {0, 2}; break;
      case DType::kQ2_K: halves = {80, 82}; break;
      case DType::kQ3_K: halves = {108}; break;
      case DType::kQ6_K: halves = {208}; break;
      default: break;
    }
    const std::size_t block = dtype_info(dtype).bytes;
    std::uniform_real_distribution<float> uniform(-0.02f, 0.02f);
    for (std::size_t i = 0; i < bytes; i += block) {
      if (i / block % 9 == 4) std::fill_n(data->begin() + static_cast<std::ptrdiff_t>(i), block, std::byte{0});
      for (const std::size_t offset : halves) {
        const std::uint16_t half = i / block % 9 == 4 ? 0 : f32_to_f16(uniform(random));
        std::memcpy(data->data() + i + offset, &half, 2);
      }
    }
  }
  Tensor w;
  w.dtype = dtype;
  w.shape = {n_out, n_in};
  w.data = data->data();
  w.owner = data;
  return w;
}

/// Σ x · w in float64 and Σ |x · w|, to which rounding errors are proportional.
struct ExactDot {
  double value = 0;
  double magnitude = 0;
};
inline ExactDot exact_dot(const float* x, const float* w, std::int64_t n) {
  ExactDot dot;
  for (std::int64_t i = 0; i < n; ++i) {
    const double product = static_cast<double>(x[i]) * static_cast<double>(w[i]);
    dot.value += product;
    dot.magnitude += std::abs(product);
  }
  return dot;
}

}  // namespace hearth::testing
