// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/bytes.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/matmul_int8.h"

namespace hearth::avx2 {

void set_matmul_int8(KernelTable& table) { enter_matmul_int8(table); }

}  // namespace hearth::avx2
