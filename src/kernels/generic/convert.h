// Float32 to half precision.
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

}  // namespace
}  // namespace hearth
