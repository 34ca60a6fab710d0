// A row of weights to float32, with the arithmetic of kernels/dequantize.cpp: the results are equal bit for bit.
#pragma once

#include "kernels/generic/formats.h"
#include "kernels/generic/load_part.h"

namespace hearth {
namespace {

/// kLanes quants as floats.
template <typename F>
HEARTH_INLINE F32 quants_to_float(const std::uint8_t* q) {
  if constexpr (F::kSigned) {
    return F32::from_s8(q);
  } else {
    return F32::from_u8(q) - F32::set1(F::kOffset);  // whole numbers below 2²⁴: exact
  }
}

/// All 256 values of a chunk; only the first n are meant.
template <typename F, typename C>
HEARTH_INLINE void dequantize_chunk(const C& c, std::int64_t n, float* out) {
  constexpr int kGroups = 256 / F::kGroup;
  alignas(64) std::uint8_t q[256];
  alignas(64) float d[kGroups];
  alignas(64) float m[kGroups];
  unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA { c.q[i].store(q + 64 * i); });
  c.d.store(d);
  if constexpr (F::kHasMinimum) c.m.store(m);
  for (int i = 0; i < n; i += F32::kLanes) {
    F32 value = quants_to_float<F>(q + i) * F32::set1(d[i / F::kGroup]);
    if constexpr (F::kHasMinimum) value = value + F32::set1(m[i / F::kGroup]);
    value.store(out + i);
  }
}

/// n values of kDType (not F32) to out.
template <DType kDType>
HEARTH_INLINE void dequantize_row(const std::byte* row, std::int64_t n, float* out) {
  if constexpr (kDType == DType::kF16 || kDType == DType::kBF16) {
    std::int64_t i = 0;
    for (; i + F32::kLanes <= n; i += F32::kLanes) FloatRow<kDType>::load(row, i).store(out + i);
    if (i < n) store_part(FloatRow<kDType>::load_part(row, i, n - i), out + i, n - i);
  } else {
    using F = Format<kDType>;
    for (std::int64_t i = 0; i < n; i += 256) {
      Chunk<F::kGroup> c;
      unpack_first<kDType>(row + static_cast<std::size_t>(i / 256) * F::kChunkBytes, n - i, c);
      dequantize_chunk<F>(c, smaller(256, n - i), out + i);
    }
  }
}

}  // namespace
}  // namespace hearth
