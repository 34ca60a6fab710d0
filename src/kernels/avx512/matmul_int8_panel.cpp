// The generic algorithm is written in terms of the level's vectors, which must come first.
#include "kernels/avx512/bytes.h"

#include "kernels/avx512/operations.h"
#include "kernels/generic/matmul_int8_panel.h"

namespace hearth::avx512 {

void set_matmul_int8_panel(KernelTable& table) {
  enter_matmul_int8_panel(table);
  table.row_tile = kPanelRows;
  table.panel_min_tokens = kPanelMinTokens;
}

}  // namespace hearth::avx512
