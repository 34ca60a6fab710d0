// The plain reference of every kernel: obviously right rather than fast. The other levels are checked against these.
// Their meaning is said in kernel_table.h.
#pragma once

#include "kernels/kernel_table.h"

namespace hearth::portable {

void quantize_row(const float* x, std::int64_t n, int group, GroupOrder order, std::byte* out);

void set_matmul(KernelTable& table);

void attention(const AttentionTask& task);

void rms_norm(const float* x, std::int64_t n, const float* weight, float eps, float* y);
void layer_norm(const float* x, std::int64_t n, const float* weight, const float* bias, float eps, float* y);
void rotate(float* x, const float* cosines, const float* sines, std::int64_t n_half, RopeKind kind);

void activate(float* x, std::int64_t n, Activation activation);
void activate_and_multiply(float* gate, const float* up, std::int64_t n, Activation activation);
void add(float* x, const float* y, std::int64_t n);
void scale(float* x, std::int64_t n, float factor);
void soft_cap(float* x, std::int64_t n, float cap);

void to_f16(const float* x, std::int64_t n, std::byte* out);
void to_bf16(const float* x, std::int64_t n, std::byte* out);
float to_s8(const float* x, std::int64_t n, std::int8_t* out);

std::int64_t multiply_floats(std::int64_t rounds);
std::int64_t multiply_bytes(std::int64_t rounds);

}  // namespace hearth::portable
