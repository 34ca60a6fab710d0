// Activations times a weight matrix of any weight dtype.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/context.h"
#include "tensor/tensor.h"

namespace hearth {

/// y[t, o] = Σ_i x[t, i] · w[o, i] (+ bias[o]).
/// x [n_tokens, n_in] with row stride ldx, w [n_out, n_in], bias [n_out] or nullptr, y [n_tokens, n_out] with row
/// stride ldy. Each output is summed in one fixed order over i, whatever n_tokens is: a row's result does not depend on
/// its neighbours. x and y must not overlap. REQUIRES: w.dtype is a weight dtype; rows are whole blocks.
void matmul(const float* x, std::int64_t ldx, std::int64_t n_tokens, const Tensor& w, const float* bias, float* y,
            std::int64_t ldy, KernelContext& context);

/// Copies row `index` of a matrix, dequantised: out [n_in].
void copy_row(const Tensor& matrix, std::int64_t index, float* out);

}  // namespace hearth
