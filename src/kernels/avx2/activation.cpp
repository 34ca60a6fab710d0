// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/simd.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/activation.h"

namespace hearth::avx2 {

void set_activation(KernelTable& table) {
  table.activate = activate;
  table.activate_and_multiply = activate_and_multiply;
  table.add = add;
  table.scale = scale;
  table.soft_cap = soft_cap;
}

}  // namespace hearth::avx2
