#include "kernels/avx512/operations.h"
#include "kernels/tables.h"

namespace hearth::avx512 {

// This file is compiled without the level's flags: it may run on any CPU.
const KernelTable* table() {
  static const KernelTable result = [] {
    KernelTable t{};
    t.name = "avx512";
    set_quantize_row(t);
    set_matmul_float(t);
    set_matmul_int8(t);
    set_matmul_int8_panel(t);
    set_matmul_packed(t);
    set_attention(t);
    set_norm(t);
    set_rotate(t);
    set_activation(t);
    set_convert(t);
    set_multiply(t);
    return t;
  }();
  return &result;
}

}  // namespace hearth::avx512
