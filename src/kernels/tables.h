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
}  // namespace hearth
