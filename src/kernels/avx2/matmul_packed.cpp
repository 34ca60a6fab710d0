// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/bytes.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/matmul_packed.h"

namespace hearth::avx2 {

void set_matmul_packed(KernelTable& table) { enter_matmul_packed(table); }

}  // namespace hearth::avx2
