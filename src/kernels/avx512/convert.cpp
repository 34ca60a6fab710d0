// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx512/simd.h"

#include "kernels/avx512/operations.h"
#include "kernels/generic/convert.h"

namespace hearth::avx512 {

void set_convert(KernelTable& table) {
  table.to_f16 = to_f16;
  table.to_bf16 = to_bf16;
  table.to_s8 = to_s8;
}

}  // namespace hearth::avx512
