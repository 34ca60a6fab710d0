// For tests on processors without tiles: the level's table, with emulated ones.
#include "kernels/amx/emulated_tiles.h"
#include "kernels/amx/split_pairs.h"
#include "kernels/avx512/bytes.h"

#include "kernels/generic/attention_tiles.h"
#include "kernels/generic/matmul_packed_tiles.h"
#include "kernels/generic/matmul_split_tiles.h"
#include "kernels/tables.h"

namespace hearth::amx {

const KernelTable* emulated_table();

const KernelTable* emulated_table() {
  static KernelTable result{};
  if (result.name == nullptr) {
    result = *avx512::table();
    result.name = "emulated_amx";
    result.attention = attention_on_tiles<EmulatedTiles, avx512::table>;
    enter_matmul_packed_tiles<EmulatedTiles, avx512::table>(result);
    enter_matmul_split<EmulatedTiles>(result);
  }
  return &result;
}

}  // namespace hearth::amx
