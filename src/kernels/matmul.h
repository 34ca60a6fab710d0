// Activations times a weight matrix of any weight dtype.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/context.h"
#include "kernels/packed_matrix.h"
#include "tensor/tensor.h"

namespace hearth {

/// y[t, o] = Σ_i x[t, i] · w[o, i] (+ bias[o]).
/// x [n_tokens, n_in] with row stride ldx, w [n_out, n_in], bias [n_out] or nullptr, y [n_tokens, n_out] with row
/// stride ldy. Each output is summed in one fixed order over i, whatever n_tokens is: a row's result does not depend on
/// its neighbours. x and y must not overlap. REQUIRES: w.dtype is a weight dtype; rows are whole blocks.
void matmul(const float* x, std::int64_t ldx, std::int64_t n_tokens, const Tensor& w, const float* bias, float* y,
            std::int64_t ldy, KernelContext& context);

/// One of several products of the same activations.
struct Product {
  const Tensor& w;             ///< [n_out, n_in]
  const PackedMatrix& packed;  ///< the same weights packed, or empty
  const float* bias;           ///< [n_out] or nullptr
  float* y;                    ///< [n_tokens, n_out]
  std::int64_t ldy;
};

/// All of `products`, as the matmul above computes each of them; packed weights are used where there are any, the
/// context's kernels read them and its precision allows it (the sums are then in another order). Activations are
/// rounded once and the workers called together once for neighbouring products of the same kind. REQUIRES: all have the
/// same n_in.
void matmul(const float* x, std::int64_t ldx, std::int64_t n_tokens, std::span<const Product> products,
            KernelContext& context);

/// Copies row `index` of a matrix, dequantised: out [n_in].
void copy_row(const Tensor& matrix, std::int64_t index, float* out);

}  // namespace hearth
