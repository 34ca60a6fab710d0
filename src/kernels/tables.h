// The table of each CPU level. Only kernel_table.cpp asks for them, after it has looked at the CPU.
#pragma once

#include "kernels/kernel_table.h"

namespace hearth {
namespace portable {
const KernelTable* table();
}
namespace avx2 {
const KernelTable* table();
}
namespace avx512 {
const KernelTable* table();
}
/// AVX-512 and tiles of bytes (AMX).
namespace amx {
const KernelTable* table();
/// Whether Linux lets this process use the tiles and they multiply as they should. REQUIRES: a processor with tiles.
bool is_usable();
}  // namespace amx
}  // namespace hearth
