// A tensor of the file to be written: its name, its type, and where its values come from. It holds no values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tensor/tensor.h"

namespace hearth {

/// Rows [begin, end) as float32, one after the other. Called by several threads at once.
using ReadRows = std::function<void(std::int64_t begin, std::int64_t end, float* out)>;

struct PlannedTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  ReadRows read;
  /// Where the bytes are those of the source: read() is not needed then, and no bit changes.
  Tensor copy;
  std::uint64_t source_bytes = 0;  ///< for the progress
  /// Called once when the tensor has been written: its pages of the source need not stay in memory.
  std::function<void()> release;
};

/// Rows of a tensor that lies as it shall, in whatever type. REQUIRES: a weight dtype.
ReadRows rows_of(Tensor tensor);

/// Tells the kernel that the pages of a tensor in a mapped file are not needed any more. They come back when read.
/// REQUIRES: the tensor lies in a file's read-only mapping, not on the heap.
void release_pages(const Tensor& tensor);

}  // namespace hearth
