// The generic algorithm is written in terms of the level's vectors and tiles, which must come first.
#include "kernels/amx/tiles.h"
#include "kernels/avx512/bytes.h"

#include "kernels/amx/operations.h"
#include "kernels/generic/matmul_packed_tiles.h"
#include "kernels/tables.h"

namespace hearth::amx {

void set_matmul_packed(KernelTable& table) { enter_matmul_packed_tiles<HardwareTiles, avx512::table>(table); }

}  // namespace hearth::amx
