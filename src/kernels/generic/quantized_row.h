// Where the parts of a row of rounded activations lie.
#pragma once

#include "kernels/generic/inline.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

/// One row of rounded activations.
template <int kGroup>
HEARTH_INLINE QuantizedRow quantized_row(const std::byte* p, std::int64_t n_chunks) {
  const std::int64_t n_groups = n_chunks * (kChunk / kGroup);
  const auto* scale = reinterpret_cast<const float*>(p + n_chunks * kChunk);
  const auto* sum = reinterpret_cast<const std::int32_t*>(scale + n_groups);
  return {reinterpret_cast<const std::int8_t*>(p), scale, sum, reinterpret_cast<const float*>(sum + n_groups)};
}

}  // namespace
}  // namespace hearth
