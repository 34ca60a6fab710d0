// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/simd.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/norm.h"

namespace hearth::avx2 {

void set_norm(KernelTable& table) {
  table.rms_norm = rms_norm;
  table.layer_norm = layer_norm;
}

}  // namespace hearth::avx2
