// Values of any float dtype as F32, whole vectors and the rest of a row.
#pragma once

#include "kernels/generic/inline.h"
#include "tensor/dtype.h"

namespace hearth {
namespace {

/// A row of F32, F16, BF16 or I8 values at any alignment.
template <DType kDType>
struct FloatRow {
  static constexpr int kBytes = kDType == DType::kF32 ? 4 : kDType == DType::kI8 ? 1 : 2;

  HEARTH_INLINE static F32 load(const std::byte* row, std::int64_t i) {
    const std::byte* p = row + i * kBytes;
    if constexpr (kDType == DType::kF16) return F32::from_f16(p);
    if constexpr (kDType == DType::kBF16) return F32::from_bf16(p);
    if constexpr (kDType == DType::kI8) return F32::from_s8(p);
    if constexpr (kDType == DType::kF32) return F32::load(reinterpret_cast<const float*>(p));
  }
  /// n < kLanes values from i on and zeros.
  HEARTH_INLINE static F32 load_part(const std::byte* row, std::int64_t i, std::int64_t n) {
    alignas(64) std::byte padded[F32::kLanes * kBytes] = {};
    __builtin_memcpy(padded, row + i * kBytes, static_cast<std::size_t>(n * kBytes));
    return load(padded, 0);
  }
};

}  // namespace
}  // namespace hearth
