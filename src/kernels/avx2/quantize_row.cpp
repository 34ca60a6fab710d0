// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx2/simd.h"

#include "kernels/avx2/operations.h"
#include "kernels/generic/quantize_row.h"

namespace hearth::avx2 {

void set_quantize_row(KernelTable& table) { table.quantize_row = quantize_row; }

}  // namespace hearth::avx2
