// The operations between the matrix products, each over rows of float32. All are exact up to rounding: no look-up
// tables.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/context.h"

namespace hearth {

/// y = x / sqrt(mean(x²) + eps) · weight, row by row. x, y [n_rows, n] contiguous (may be the same), weight [n] or
/// nullptr.
void rms_norm(const float* x, std::int64_t n_rows, std::int64_t n, const float* weight, float eps, float* y,
              KernelContext& context);

/// y = (x − mean) / sqrt(var + eps) · weight + bias; the variance is the mean square deviation. bias may be nullptr.
void layer_norm(const float* x, std::int64_t n_rows, std::int64_t n, const float* weight, const float* bias, float eps,
                float* y, KernelContext& context);

/// Rotates the first n_rot of each head's head_dim values in place: angle(t, i) = positions[t] · inv_freq[i], i <
/// n_rot/2; cos and sin are multiplied by `magnitude`. x [n_tokens, n_head, head_dim] with row stride ldx. Angles are
/// computed in float64. Su et al. 2021 (RoFormer); YaRN's and LongRoPE's attention factor is the magnitude.
void rope(float* x, std::int64_t ldx, std::int64_t n_tokens, std::int64_t n_head, std::int64_t head_dim,
          std::span<const float> inv_freq, RopeKind kind, float magnitude, std::span<const std::int32_t> positions,
          KernelContext& context);

/// x = act(x) in place, n values.
void activate(float* x, std::int64_t n, Activation activation, KernelContext& context);
/// gate = act(gate) · up, row by row; gate [n_rows, n] stride ldg, up [n_rows, n] stride ldu.
void activate_and_multiply(float* gate, std::int64_t ldg, const float* up, std::int64_t ldu, std::int64_t n_rows,
                           std::int64_t n, Activation activation, KernelContext& context);

void add(float* x, const float* y, std::int64_t n, KernelContext& context);  ///< x += y
void scale(float* x, std::int64_t n, float factor, KernelContext& context);  ///< x *= factor
void soft_cap(float* x, std::int64_t n, float cap, KernelContext& context);  ///< x = cap · tanh(x / cap)

}  // namespace hearth
