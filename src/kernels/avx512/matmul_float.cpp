// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx512/bytes.h"

#include "kernels/avx512/operations.h"
#include "kernels/generic/matmul_float.h"

namespace hearth::avx512 {

void set_matmul_float(KernelTable& table) {
  enter_matmul_float(table);
  table.scratch_bytes = scratch_bytes;
}

}  // namespace hearth::avx512
