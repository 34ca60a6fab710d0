// What the files of this level enter in a table that is already AVX-512's.
#pragma once

#include "kernels/kernel_table.h"

namespace hearth::amx {

void set_attention(KernelTable& table);
void set_matmul_packed(KernelTable& table);
void set_matmul_split(KernelTable& table);
void set_multiply(KernelTable& table);

/// Whether the tiles give the right products: a processor or a hypervisor that only says that it has them must not make
/// answers wrong. REQUIRES: permission to use them.
bool tiles_are_right();

}  // namespace hearth::amx
