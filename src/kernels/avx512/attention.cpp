// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx512/simd.h"

#include "kernels/avx512/operations.h"
#include "kernels/generic/attention.h"

namespace hearth::avx512 {

void set_attention(KernelTable& table) { table.attention = attention; }

}  // namespace hearth::avx512
