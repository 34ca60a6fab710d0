// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/simd.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/rotate.h"

namespace hearth::avx2 {

void set_rotate(KernelTable& table) { table.rotate = rotate; }

}  // namespace hearth::avx2
