// The tiles of a processor that has none, for tests: what each instruction does by its definition (Intel SDM volume 2,
// TILELOADD, TDPBSSD, TDPBF16PS, TILESTORED), and nothing else, so that misuse shows: rows and bytes outside the
// configured shape are neither read nor written, and an unconfigured tile has none.
#pragma once

#include "kernels/generic/inline.h"

namespace hearth {
namespace {

struct EmulatedTiles {
  struct State {
    std::uint8_t bytes[8][16][64];
    int rows[8], row_bytes[8];
  };
  static State& state() {
    static thread_local State s{};
    return s;
  }

  static void configure(int rows, int columns) {
    State& s = state();
    __builtin_memset(&s, 0, sizeof(s));
    for (int t = 0; t < 8; ++t) {
      s.rows[t] = t < 6 ? rows : columns / 4;
      s.row_bytes[t] = t == 4 || t == 5 ? columns : 64;
    }
  }
  static void release() { __builtin_memset(&state(), 0, sizeof(State)); }

  template <int kTile>
  static void clear() {
    __builtin_memset(state().bytes[kTile], 0, sizeof(state().bytes[kTile]));
  }
  template <int kTile>
  static void load(const void* p, std::size_t stride) {
    clear<kTile>();
    State& s = state();
    for (int row = 0; row < s.rows[kTile]; ++row) {
      __builtin_memcpy(s.bytes[kTile][row], static_cast<const std::byte*>(p) + static_cast<std::size_t>(row) * stride,
                       static_cast<std::size_t>(s.row_bytes[kTile]));
    }
  }
  template <int kTile>
  static void store(void* p, std::size_t stride) {
    const State& s = state();
    for (int row = 0; row < s.rows[kTile]; ++row) {
      __builtin_memcpy(static_cast<std::byte*>(p) + static_cast<std::size_t>(row) * stride, s.bytes[kTile][row],
                       static_cast<std::size_t>(s.row_bytes[kTile]));
    }
  }
  template <int kSums, int kA, int kB>
  static void multiply() {
    State& s = state();
    for (int m = 0; m < s.rows[kSums]; ++m) {
      for (int n = 0; n < s.row_bytes[kSums] / 4; ++n) {
        auto sum = read<std::int32_t>(s.bytes[kSums][m] + 4 * n);
        for (int k = 0; k < s.row_bytes[kA]; ++k) {
          sum +=
              static_cast<std::int8_t>(s.bytes[kA][m][k]) * static_cast<std::int8_t>(s.bytes[kB][k / 4][4 * n + k % 4]);
        }
        __builtin_memcpy(s.bytes[kSums][m] + 4 * n, &sum, 4);
      }
    }
  }
  /// Products of even and of odd columns are summed apart, by fused operations; denormal numbers count as zero.
  template <int kSums, int kA, int kB>
  static void multiply_bf16() {
    State& s = state();
    for (int m = 0; m < s.rows[kSums]; ++m) {
      for (int n = 0; n < s.row_bytes[kSums] / 4; ++n) {
        float sums[2] = {};
        for (int k = 0; k < s.row_bytes[kA] / 4; ++k) {
          for (int i = 0; i < 2; ++i) {
            sums[i] = flushed(
                __builtin_fmaf(bf16(s.bytes[kA][m] + 4 * k + 2 * i), bf16(s.bytes[kB][k] + 4 * n + 2 * i), sums[i]));
          }
        }
        const float sum = flushed(flushed(read<float>(s.bytes[kSums][m] + 4 * n)) + flushed(sums[0] + sums[1]));
        __builtin_memcpy(s.bytes[kSums][m] + 4 * n, &sum, 4);
      }
    }
  }

 private:
  static float flushed(float x) { return __builtin_fabsf(x) < 1.17549435e-38f ? 0.0f : x; }
  static float bf16(const std::uint8_t* p) {
    const std::uint32_t bits = static_cast<std::uint32_t>(read<std::uint16_t>(p)) << 16;
    return flushed(read<float>(&bits));
  }
};

}  // namespace
}  // namespace hearth
