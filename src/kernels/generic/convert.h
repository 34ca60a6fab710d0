// Float32 to half precision, and to 8 bits with a scale.
#pragma once

#include "kernels/generic/inline.h"

namespace hearth {
namespace {

/// Stores the halves of a row by `store_whole`, which writes a whole vector of them.
template <typename F>
HEARTH_INLINE void convert(const float* x, std::int64_t n, std::byte* out, const F& store_whole) {
  std::int64_t i = 0;
  for (; i + F32::kLanes <= n; i += F32::kLanes) store_whole(F32::load(x + i), out + 2 * i);
  if (i < n) {
    alignas(64) std::byte padded[2 * F32::kLanes];
    store_whole(load_part(x + i, n - i), padded);
    __builtin_memcpy(out + 2 * i, padded, static_cast<std::size_t>(2 * (n - i)));
  }
}

void to_f16(const float* x, std::int64_t n, std::byte* out) {
  convert(x, n, out, [](F32 v, std::byte* p) HEARTH_INLINE_LAMBDA { store_f16(v, p); });
}

void to_bf16(const float* x, std::int64_t n, std::byte* out) {
  convert(x, n, out, [](F32 v, std::byte* p) HEARTH_INLINE_LAMBDA { store_bf16(v, p); });
}

float to_s8(const float* x, std::int64_t n, std::int8_t* out) {
  const auto part = [&](std::int64_t i) HEARTH_INLINE_LAMBDA {
    return n - i >= F32::kLanes ? F32::load(x + i) : load_part(x + i, n - i);
  };
  F32 largest_so_far = F32::zero();
  F32 poison = F32::zero();  // stays zero unless a value is not finite: 0 · x is then NaN
  for (std::int64_t i = 0; i < n; i += F32::kLanes) {
    const F32 v = part(i);
    largest_so_far = max(abs(v), largest_so_far);
    poison = fma(v, F32::zero(), poison);
  }
  const float amax = largest(largest_so_far);
  const float poisoned = sum(poison);
  if (!(poisoned == 0.0f) || amax < 1e-30f) {  // the same limit as in the portable version
    for (std::int64_t i = 0; i < n; ++i) out[i] = 0;
    return poisoned == 0.0f ? 0.0f : __builtin_nanf("");
  }
  const F32 inverse = F32::set1(127 / amax);
  for (std::int64_t i = 0; i < n; i += F32::kLanes) {
    const auto rounded = round_to_int(part(i) * inverse);
    if (n - i >= F32::kLanes) {
      store_s8(rounded, out + i);
    } else {
      alignas(64) std::int8_t padded[F32::kLanes];
      store_s8(rounded, padded);
      __builtin_memcpy(out + i, padded, static_cast<std::size_t>(n - i));
    }
  }
  return amax / 127;
}

}  // namespace
}  // namespace hearth
