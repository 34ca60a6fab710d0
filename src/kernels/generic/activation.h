// Activations and the simple operations on values.
#pragma once

#include "kernels/generic/each_vector.h"
#include "kernels/generic/math.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

/// f with the vector function of an activation.
template <typename F>
HEARTH_INLINE void with_activation(Activation activation, const F& f) {
  switch (activation) {
    case Activation::kSilu: return f([](F32 x) HEARTH_INLINE_LAMBDA { return silu(x); });
    case Activation::kGeluTanh: return f([](F32 x) HEARTH_INLINE_LAMBDA { return gelu_tanh(x); });
    case Activation::kGeluErf: return f([](F32 x) HEARTH_INLINE_LAMBDA { return gelu_erf(x); });
    case Activation::kRelu: return f([](F32 x) HEARTH_INLINE_LAMBDA { return relu(x); });
  }
}

void activate(float* x, std::int64_t n, Activation activation) {
  with_activation(activation, [&](auto act) HEARTH_INLINE_LAMBDA {
    each_vector(n, [&](std::int64_t i, auto load, auto store) HEARTH_INLINE_LAMBDA { store(act(load(x + i)), x + i); });
  });
}

void activate_and_multiply(float* gate, const float* up, std::int64_t n, Activation activation) {
  with_activation(activation, [&](auto act) HEARTH_INLINE_LAMBDA {
    each_vector(n, [&](std::int64_t i, auto load, auto store)
                       HEARTH_INLINE_LAMBDA { store(act(load(gate + i)) * load(up + i), gate + i); });
  });
}

void add(float* x, const float* y, std::int64_t n) {
  each_vector(
      n, [&](std::int64_t i, auto load, auto store) HEARTH_INLINE_LAMBDA { store(load(x + i) + load(y + i), x + i); });
}

void scale(float* x, std::int64_t n, float factor) {
  each_vector(n, [&](std::int64_t i, auto load, auto store)
                     HEARTH_INLINE_LAMBDA { store(load(x + i) * F32::set1(factor), x + i); });
}

void soft_cap(float* x, std::int64_t n, float cap) {
  each_vector(n, [&](std::int64_t i, auto load, auto store)
                     HEARTH_INLINE_LAMBDA { store(soft_cap(load(x + i), F32::set1(cap)), x + i); });
}

}  // namespace
}  // namespace hearth
