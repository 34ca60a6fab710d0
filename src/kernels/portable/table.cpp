#include "kernels/portable/operations.h"
#include "kernels/tables.h"

namespace hearth::portable {

const KernelTable* table() {
  static const KernelTable result = [] {
    KernelTable t{};
    t.name = "portable";
    t.quantize_row = quantize_row;
    set_matmul(t);
    t.row_tile = 1;
    t.scratch_bytes = [](std::int64_t n_in) { return static_cast<std::size_t>(n_in) * sizeof(float); };
    t.attention = attention;
    t.rms_norm = rms_norm;
    t.layer_norm = layer_norm;
    t.rotate = rotate;
    t.activate = activate;
    t.activate_and_multiply = activate_and_multiply;
    t.add = add;
    t.scale = scale;
    t.soft_cap = soft_cap;
    t.to_f16 = to_f16;
    t.to_bf16 = to_bf16;
    t.to_s8 = to_s8;
    t.multiply_floats = multiply_floats;
    t.multiply_bytes = multiply_bytes;
    return t;
  }();
  return &result;
}

}  // namespace hearth::portable
