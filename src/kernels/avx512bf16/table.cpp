#include "kernels/avx512bf16/operations.h"
#include "kernels/tables.h"

namespace hearth::avx512bf16 {

// This file is compiled without the level's flags: it may run on any CPU.
const KernelTable* table() {
  static const KernelTable result = [] {
    KernelTable t = *avx512::table();
    t.name = "avx512bf16";
    set_matmul_bf16(t);
    return t;
  }();
  return &result;
}

}  // namespace hearth::avx512bf16
