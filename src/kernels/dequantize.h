// Blocks of every weight dtype to float32, bit for bit as ggml's reference does, and float32 back to blocks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace hearth {

/// n values (a whole number of blocks) of `dtype` at `data` (any alignment) to out. Also converts F16, BF16 and F32.
/// REQUIRES: a weight dtype.
void dequantize(DType dtype, const std::byte* data, std::int64_t n, float* out);

/// The reverse by the plain rule (round to nearest against the block's extreme) for F32, F16, BF16, Q4_0, Q4_1, Q5_0,
/// Q5_1, Q8_0: enough for tests and tools; better searches belong to hub/. Errors: kUnsupported for other dtypes.
void quantize_plain(DType dtype, const float* x, std::int64_t n, std::byte* out);

}  // namespace hearth
