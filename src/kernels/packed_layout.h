// How packed weights lie in memory: the one description that packing (packed_matrix.cpp) and the kernels
// (generic/matmul_packed.h) share. The same for every CPU level. Quants keep their width, so a packed matrix takes as
// many bytes as the file's (Q6_K: 1 % more).
//
// A matrix is a row of tiles of 16 rows, a tile a row of chunks of 256 columns (the last one may hold fewer groups). A
// chunk:
//
//   scales   f16 [n_groups][16]            d                           kOne     (Q4_0, Q5_0, Q8_0, IQ4_NL)
//            f16 [n_groups][2][16]         d, m                        kTwo     (Q4_1, Q5_1)
//            f16 [2][16], u8 [192]         d, dmin; 6-bit scales, mins kSuper   (Q4_K, Q5_K)
//            f16 [16], i8 [16][16]         d; scales                   kSuper8  (Q6_K)
//            … and zeros up to a multiple of 64 bytes
//   quants   for each group:
//            nibbles  u8 [steps / 2][16][4]   low: step s, high: step s + steps / 2
//            high     u8 [1][16][4]           bits high_bits · s … of step s; formats of 5 and 6 bits
//      or    bytes    u8 [steps][16][4]       moved up by 128: 8 bits
//
// where [16] are rows and a step is four neighbouring columns: a vector of 64 bytes is four quants of each row. The 192
// bytes of 6-bit scales: byte 16 g + r holds the low nibbles of scale and minimum (high nibble) of group g of row r;
// byte 128 + 16 g + r, g < 4, the two top bits of scale and minimum of group g and, above, of group g + 4.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace hearth {

/// Goes up with every change of the layout: packed files of another version are made anew.
inline constexpr std::uint32_t kPackedLayoutVersion = 1;

inline constexpr std::int64_t kPackedRows = 16;
inline constexpr std::int64_t kPackedChunk = 256;
inline constexpr std::size_t kPackedAlignment = 64;  ///< of a packed matrix and of every chunk in it

enum class PackedScales { kOne, kTwo, kSuper, kSuper8 };

struct PackedLayout {
  int group;      ///< values that share a scale
  int high_bits;  ///< of a quant, above its nibble
  bool bytes;     ///< quants of 8 bits
  PackedScales scales;

  constexpr std::int64_t groups_a_chunk() const { return kPackedChunk / group; }
  constexpr int steps() const { return group / 4; }
  constexpr std::size_t quant_bytes() const {  ///< of a group
    return static_cast<std::size_t>(group * kPackedRows * (bytes ? 8 : 4 + high_bits) / 8);
  }
  constexpr std::size_t scale_bytes(std::int64_t n_groups) const {  ///< of a chunk of so many groups
    std::size_t bytes_used = 0;
    switch (scales) {
      case PackedScales::kOne: bytes_used = 32 * static_cast<std::size_t>(n_groups); break;
      case PackedScales::kTwo: bytes_used = 64 * static_cast<std::size_t>(n_groups); break;
      case PackedScales::kSuper: bytes_used = 64 + 192; break;
      case PackedScales::kSuper8: bytes_used = 32 + 16 * static_cast<std::size_t>(n_groups); break;
    }
    return (bytes_used + kPackedAlignment - 1) / kPackedAlignment * kPackedAlignment;
  }
  constexpr std::size_t chunk_bytes(std::int64_t n_groups) const {
    return scale_bytes(n_groups) + static_cast<std::size_t>(n_groups) * quant_bytes();
  }
  /// Of 16 rows of n_in values, whole groups.
  constexpr std::size_t tile_bytes(std::int64_t n_in) const {
    const std::int64_t n_groups = n_in / group;
    const std::int64_t rest = n_groups % groups_a_chunk();
    return static_cast<std::size_t>(n_groups / groups_a_chunk()) * chunk_bytes(groups_a_chunk()) +
           (rest > 0 ? chunk_bytes(rest) : 0);
  }
};

/// Whether `dtype` has a packed layout. The others are read from the file's own blocks.
constexpr bool has_packed_layout(DType dtype) {
  switch (dtype) {
    case DType::kQ4_0:
    case DType::kQ4_1:
    case DType::kQ5_0:
    case DType::kQ5_1:
    case DType::kQ8_0:
    case DType::kQ4_K:
    case DType::kQ5_K:
    case DType::kQ6_K:
    case DType::kIQ4_NL: return true;
    default: return false;
  }
}

/// REQUIRES: has_packed_layout(dtype).
constexpr PackedLayout packed_layout(DType dtype) {
  switch (dtype) {
    case DType::kQ4_1: return {32, 0, false, PackedScales::kTwo};
    case DType::kQ5_0: return {32, 1, false, PackedScales::kOne};
    case DType::kQ5_1: return {32, 1, false, PackedScales::kTwo};
    case DType::kQ8_0: return {32, 0, true, PackedScales::kOne};
    case DType::kQ4_K: return {32, 0, false, PackedScales::kSuper};
    case DType::kQ5_K: return {32, 1, false, PackedScales::kSuper};
    case DType::kQ6_K: return {16, 2, false, PackedScales::kSuper8};
    default: return {32, 0, false, PackedScales::kOne};  // Q4_0, IQ4_NL
  }
}

}  // namespace hearth
