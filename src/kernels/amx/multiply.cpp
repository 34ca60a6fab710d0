#include "kernels/amx/operations.h"
#include "kernels/amx/tiles.h"

namespace hearth::amx {
namespace {

/// Full tiles: 16 × 16 sums of 64 products.
std::int64_t multiply_bytes(std::int64_t rounds) {
  HardwareTiles::configure(16, 64);
  unroll<8>([&](auto tile) HEARTH_INLINE_LAMBDA { HardwareTiles::clear<tile>(); });
  for (std::int64_t round = 0; round < rounds; ++round) {
    unroll<4>([&](auto sums) HEARTH_INLINE_LAMBDA { HardwareTiles::multiply<sums, 4 + sums / 2, 6 + sums % 2>(); });
  }
  HardwareTiles::release();
  return rounds * 4 * 16 * 16 * 64 * 2;
}

}  // namespace

void set_multiply(KernelTable& table) { table.multiply_bytes = multiply_bytes; }

bool tiles_are_right() {
  constexpr int kRows = 13;
  constexpr int kColumns = 32;
  constexpr int kOutputs = 16;
  alignas(64) std::int8_t a[kRows][kColumns];
  alignas(64) std::int8_t b[kColumns / 4][64];
  alignas(64) std::int32_t sums[kRows][kOutputs];
  std::uint32_t state = 1;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<std::int8_t>(state >> 24);
  };
  for (auto& row : a) {
    for (std::int8_t& x : row) x = next();
  }
  for (auto& row : b) {
    for (std::int8_t& x : row) x = next();
  }
  HardwareTiles::configure(kRows, kColumns);
  HardwareTiles::clear<1>();
  HardwareTiles::load<4>(a, kColumns);
  HardwareTiles::load<7>(b, 64);
  HardwareTiles::multiply<1, 4, 7>();
  HardwareTiles::store<1>(sums, 64);
  HardwareTiles::release();
  for (int m = 0; m < kRows; ++m) {
    for (int n = 0; n < kOutputs; ++n) {
      std::int32_t expected = 0;
      for (int k = 0; k < kColumns; ++k) expected += a[m][k] * b[k / 4][4 * n + k % 4];
      if (sums[m][n] != expected) return false;
    }
  }
  return true;
}

}  // namespace hearth::amx
