// Float32 rows to the blocks of each weight type, with the searches for scales that make K-quants good. Which tensor
// gets which type is not decided here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace hearth {

/// Whether `dtype` can be written: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K.
bool can_quantize_to(DType dtype);

/// n values (a whole number of blocks) to `out`. The same bytes on every machine. REQUIRES: can_quantize_to(dtype), and
/// fits_blocks(x) for what is quantised.
void quantize_blocks(DType dtype, const float* x, std::int64_t n, std::byte* out);

/// Whether all values are numbers of at most 65504, the largest F16, in which blocks keep their scales.
bool fits_blocks(const float* x, std::int64_t n);

/// Super-blocks of 256 with a scale and a minimum for each 32 values. See scale_and_min.cpp for the method.
void quantize_q4_k(const float* x, std::int64_t n, std::byte* out);
void quantize_q5_k(const float* x, std::int64_t n, std::byte* out);
/// Super-blocks of 256 with a scale for each 16 values.
void quantize_q6_k(const float* x, std::int64_t n, std::byte* out);
/// The plain rule, as quantize_plain() has it, in a form that compilers turn into vectors.
void quantize_q8_0(const float* x, std::int64_t n, std::byte* out);

}  // namespace hearth
