// exp, tanh and the functions built on them, for vectors. Coefficients: weighted least-squares fits in float64 on
// Chebyshev nodes, with Lawson's reweighting towards the smallest maximum; the errors below are those of the fits.
#pragma once

#include "kernels/generic/inline.h"

namespace hearth {
namespace {

/// Within 2 units in the last place; 0 below about −104, infinity above 88.7, NaN for NaN.
HEARTH_INLINE F32 exp(F32 x) {
  // exp(x) = 2ⁿ · exp(r), |r| <= ln 2 / 2; ln 2 in two parts so that n · ln 2 loses nothing (Cody and Waite).
  x = min(F32::set1(89.0f), max(F32::set1(-105.0f), x));
  const F32 n = round_even(x * F32::set1(1.44269504f));
  F32 r = fma(n, F32::set1(-0.693359375f), x);
  r = fma(n, F32::set1(2.12194440e-4f), r);
  F32 p = F32::set1(0.00138145348f);  // (exp(r) − 1 − r) / r², relative error of the whole 3e-9
  p = fma(p, r, F32::set1(0.00836874545f));
  p = fma(p, r, F32::set1(0.0416683927f));
  p = fma(p, r, F32::set1(0.166665211f));
  p = fma(p, r, F32::set1(0.49999994f));
  const F32 e = fma(p * r, r, r) + F32::set1(1.0f);
  return times_power_of_two(e, n);
}

HEARTH_INLINE F32 tanh(F32 x) {
  const F32 a = abs(x);
  const F32 square = x * x;
  F32 p = F32::set1(-0.0057170256f);  // (tanh(x) / x − 1) / x² for |x| < 0.625, relative error of the whole 4e-9
  p = fma(p, square, F32::set1(0.0206505693f));
  p = fma(p, square, F32::set1(-0.0537434928f));
  p = fma(p, square, F32::set1(0.133314908f));
  p = fma(p, square, F32::set1(-0.333332837f));
  const F32 near_zero = fma(p * square, x, x);
  const F32 far = F32::set1(1.0f) - F32::set1(2.0f) / (exp(a + a) + F32::set1(1.0f));
  return where_less(a, F32::set1(0.625f), near_zero, copy_sign(far, x));
}

/// erfc(z) for z >= 0: t · exp(−z²) · P(t) with t = 1 / (1 + 0.35 z), relative error of the fit 2e-8.
HEARTH_INLINE F32 erfc_positive(F32 z) {
  const F32 t = F32::set1(1.0f) / fma(F32::set1(0.35f), z, F32::set1(1.0f));
  F32 p = F32::set1(0.0426909775f);
  p = fma(p, t, F32::set1(-0.182965696f));
  p = fma(p, t, F32::set1(0.239645913f));
  p = fma(p, t, F32::set1(-0.107372358f));
  p = fma(p, t, F32::set1(0.154845282f));
  p = fma(p, t, F32::set1(0.108900666f));
  p = fma(p, t, F32::set1(0.164235353f));
  p = fma(p, t, F32::set1(0.185072154f));
  p = fma(p, t, F32::set1(0.197481662f));
  p = fma(p, t, F32::set1(0.197466046f));
  return p * t * exp(F32::zero() - z * z);
}

HEARTH_INLINE F32 silu(F32 x) { return x / (F32::set1(1.0f) + exp(F32::zero() - x)); }

/// 0.5 x (1 + tanh(u)) = x / (1 + exp(−2u)), u = sqrt(2/π) (x + 0.044715 x³).
HEARTH_INLINE F32 gelu_tanh(F32 x) {
  const F32 cubic = fma(x * x * x, F32::set1(0.044715f), x);
  return x / (F32::set1(1.0f) + exp(cubic * F32::set1(-2.0f * 0.7978845608028654f)));
}

/// x Φ(x): Φ(x) = erfc(−x/√2) / 2 loses nothing on the left side; on the right it is one minus its mirror image.
HEARTH_INLINE F32 gelu_erf(F32 x) {
  const F32 half_tail = F32::set1(0.5f) * erfc_positive(abs(x) * F32::set1(0.7071067811865476f));
  return x * where_less(x, F32::zero(), half_tail, F32::set1(1.0f) - half_tail);
}

HEARTH_INLINE F32 relu(F32 x) { return max(F32::zero(), x); }

HEARTH_INLINE F32 soft_cap(F32 x, F32 cap) { return cap * tanh(x / cap); }

}  // namespace
}  // namespace hearth
