// What each file of this level enters in the level's table.
#pragma once

#include "kernels/kernel_table.h"

namespace hearth::avx512 {

void set_quantize_row(KernelTable& table);
void set_matmul_float(KernelTable& table);
void set_matmul_int8(KernelTable& table);
void set_matmul_int8_panel(KernelTable& table);
void set_matmul_packed(KernelTable& table);
void set_attention(KernelTable& table);
void set_norm(KernelTable& table);
void set_rotate(KernelTable& table);
void set_activation(KernelTable& table);
void set_convert(KernelTable& table);
void set_multiply(KernelTable& table);

}  // namespace hearth::avx512
