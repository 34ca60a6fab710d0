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

constexpr int kRows = 13;
constexpr int kColumns = 16;  ///< dwords of a row
constexpr int kSteps = 8;     ///< dwords that a sum runs over

/// A tile of numbers that look random and the same every time.
struct Operands {
  alignas(64) std::int8_t a[kRows][4 * kSteps];
  alignas(64) std::int8_t b[kSteps][4 * kColumns];

  Operands() {
    std::uint32_t state = 1;
    const auto fill = [&](auto& rows) {
      for (auto& row : rows) {
        for (std::int8_t& x : row) x = static_cast<std::int8_t>((state = state * 1664525u + 1013904223u) >> 24);
      }
    };
    fill(a);
    fill(b);
  }
};

bool bytes_are_right() {
  const Operands x;
  alignas(64) std::int32_t sums[kRows][kColumns] = {};
  HardwareTiles::configure(kRows, 4 * kSteps);
  HardwareTiles::clear<1>();
  HardwareTiles::load<4>(x.a, sizeof(x.a[0]));
  HardwareTiles::load<7>(x.b, sizeof(x.b[0]));
  HardwareTiles::multiply<1, 4, 7>();
  HardwareTiles::store<1>(sums, sizeof(sums[0]));
  HardwareTiles::release();
  for (int m = 0; m < kRows; ++m) {
    for (int n = 0; n < kColumns; ++n) {
      std::int32_t expected = 0;
      for (int k = 0; k < 4 * kSteps; ++k) expected += x.a[m][k] * x.b[k / 4][4 * n + k % 4];
      if (sums[m][n] != expected) return false;
    }
  }
  return true;
}

/// BF16 bits of a whole number below 256, which BF16 holds exactly.
std::uint16_t bf16(int whole) {
  const auto value = static_cast<float>(whole);
  return static_cast<std::uint16_t>(read<std::uint32_t>(&value) >> 16);
}

bool bf16_are_right() {
  const Operands x;
  alignas(64) std::uint16_t a[kRows][2 * kSteps];
  alignas(64) std::uint16_t b[kSteps][2 * kColumns];
  for (int m = 0; m < kRows; ++m) {
    for (int k = 0; k < 2 * kSteps; ++k) a[m][k] = bf16(x.a[m][k]);
  }
  for (int k = 0; k < kSteps; ++k) {
    for (int n = 0; n < 2 * kColumns; ++n) b[k][n] = bf16(x.b[k][n]);
  }
  alignas(64) float sums[kRows][kColumns] = {};
  HardwareTiles::configure(kRows, 4 * kSteps);
  HardwareTiles::clear<0>();
  HardwareTiles::load<5>(a, sizeof(a[0]));
  HardwareTiles::load<6>(b, sizeof(b[0]));
  HardwareTiles::multiply_bf16<0, 5, 6>();
  HardwareTiles::store<0>(sums, sizeof(sums[0]));
  HardwareTiles::release();
  for (int m = 0; m < kRows; ++m) {
    for (int n = 0; n < kColumns; ++n) {
      int expected = 0;
      for (int k = 0; k < 2 * kSteps; ++k) expected += x.a[m][k] * x.b[k / 2][2 * n + k % 2];
      if (sums[m][n] != static_cast<float>(expected)) return false;
    }
  }
  return true;
}

}  // namespace

void set_multiply(KernelTable& table) { table.multiply_bytes = multiply_bytes; }

bool tiles_are_right() { return bytes_are_right() && bf16_are_right(); }

}  // namespace hearth::amx
