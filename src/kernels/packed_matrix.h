// Weights in the layout that the fast products read (packed_layout.h), and how a quantised tensor gets into it. Keeping
// packed weights in files is model/'s business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tensor/tensor.h"

namespace hearth {

struct PackedMatrix {
  DType dtype = DType::kQ4_0;
  std::int64_t n_out = 0, n_in = 0;
  const std::byte* data = nullptr;    ///< packed_bytes(), aligned to kPackedAlignment
  std::shared_ptr<const void> owner;  ///< keeps `data` alive

  explicit operator bool() const { return data != nullptr; }
};

/// Whether a matrix of this dtype can be packed.
bool can_pack(DType dtype);
/// Bytes of a packed [n_out, n_in] matrix, a multiple of kPackedAlignment. REQUIRES: can_pack(dtype), rows of whole
/// blocks.
std::size_t packed_bytes(DType dtype, std::int64_t n_out, std::int64_t n_in);
/// Tiles of 16 rows in it; the last one may have rows that the matrix lacks, which are zero.
std::int64_t packed_tiles(std::int64_t n_out);

/// Writes tiles [begin, end) of `w` to `out`, which is where tile `begin` lies in the packed matrix. Any alignment.
/// REQUIRES: a matrix of a dtype that can be packed.
void pack_tiles(const Tensor& w, std::int64_t begin, std::int64_t end, std::byte* out);

/// The whole of `w`, packed in memory of its own.
PackedMatrix pack(const Tensor& w);

}  // namespace hearth
