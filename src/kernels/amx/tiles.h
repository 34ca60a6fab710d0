// The processor's tiles (AMX-TILE, AMX-INT8, AMX-BF16; Intel SDM volume 1 chapter 18): eight registers of up to 16 rows
// of 64 bytes. Written as instructions, since the compilers' own functions take the number of a tile only as a literal.
// A process must be allowed to use them first (amx/table.cpp).
#pragma once

#include "kernels/generic/inline.h"

namespace hearth {
namespace {

struct HardwareTiles {
  /// Palette 1: rows and bytes a row of each tile.
  HEARTH_INLINE static void configure(int rows, int columns) {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t row_bytes[16] = {};
      std::uint8_t rows[16] = {};
    } shape;
    unroll<4>([&](auto i) HEARTH_INLINE_LAMBDA {
      shape.row_bytes[i] = 64;
      shape.rows[i] = static_cast<std::uint8_t>(rows);
    });
    unroll<2>([&](auto i) HEARTH_INLINE_LAMBDA {
      shape.row_bytes[4 + i] = static_cast<std::uint16_t>(columns);
      shape.rows[4 + i] = static_cast<std::uint8_t>(rows);
      shape.row_bytes[6 + i] = 64;
      shape.rows[6 + i] = static_cast<std::uint8_t>(columns / 4);
    });
    __asm__ volatile("ldtilecfg %0" : : "m"(shape));
  }
  HEARTH_INLINE static void release() { __asm__ volatile("tilerelease"); }

  template <int kTile>
  HEARTH_INLINE static void clear() {
    __asm__ volatile("tilezero %%tmm%c0" : : "i"(kTile));
  }
  template <int kTile>
  HEARTH_INLINE static void load(const void* p, std::size_t stride) {
    __asm__ volatile("tileloadd (%1,%2,1), %%tmm%c0" : : "i"(kTile), "r"(p), "r"(stride) : "memory");
  }
  template <int kTile>
  HEARTH_INLINE static void store(void* p, std::size_t stride) {
    __asm__ volatile("tilestored %%tmm%c0, (%1,%2,1)" : : "i"(kTile), "r"(p), "r"(stride) : "memory");
  }
  template <int kSums, int kA, int kB>
  HEARTH_INLINE static void multiply() {
    __asm__ volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kA), "i"(kB));
  }
  template <int kSums, int kA, int kB>
  HEARTH_INLINE static void multiply_bf16() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kA), "i"(kB));
  }
};

}  // namespace
}  // namespace hearth
