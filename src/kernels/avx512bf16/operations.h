// What this level enters in the table of AVX-512.
#pragma once

#include "kernels/kernel_table.h"

namespace hearth::avx512bf16 {

void set_matmul_bf16(KernelTable& table);

}  // namespace hearth::avx512bf16
