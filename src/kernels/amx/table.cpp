#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/amx/operations.h"
#include "kernels/tables.h"

namespace hearth::amx {
namespace {

/// Linux keeps room for the tiles' 8 KiB only for processes that asked (Documentation/arch/x86/xstate.rst; Linux 5.16).
bool ask_for_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

// This file is compiled without the level's flags: it may run on any CPU.
const KernelTable* table() {
  static const KernelTable result = [] {
    KernelTable t = *avx512::table();
    t.name = "amx";
    set_attention(t);
    set_matmul_packed(t);
    set_matmul_split(t);
    set_multiply(t);
    return t;
  }();
  return &result;
}

bool is_usable() {
  static const bool usable = ask_for_tiles() && tiles_are_right();
  return usable;
}

}  // namespace hearth::amx
