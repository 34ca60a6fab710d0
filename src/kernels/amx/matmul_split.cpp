// The generic algorithm is written in terms of the level's vectors and tiles, which must come first.
#include "kernels/amx/tiles.h"
#include "kernels/avx512/bytes.h"

#include "kernels/amx/operations.h"
#include "kernels/generic/matmul_split_tiles.h"

namespace hearth::amx {

void set_matmul_split(KernelTable& table) { enter_matmul_split<HardwareTiles>(table); }

}  // namespace hearth::amx
