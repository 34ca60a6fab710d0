// The generic algorithm is written in terms of the level's vectors and tiles, which must come first.
#include "kernels/amx/split_pairs.h"
#include "kernels/amx/tiles.h"

#include "kernels/amx/operations.h"
#include "kernels/generic/attention_tiles.h"
#include "kernels/tables.h"

namespace hearth::amx {

void set_attention(KernelTable& table) { table.attention = attention_on_tiles<HardwareTiles, avx512::table>; }

}  // namespace hearth::amx
