// A tensor: a dtype, a shape and a look at row-major bytes that something else keeps alive. Not an array library: no
// arithmetic, no strides; rows are always contiguous.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

#include "tensor/dtype.h"

namespace hearth {

/// Shape in the order that reads from the outside in: a matrix is [n_out, n_in] and a row holds n_in values, in GGUF
/// (whose files list the reverse) as in safetensors.
class Shape {
 public:
  static constexpr int kMaxDims = 8;
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) {
    for (const std::int64_t d : dims) push_back(d);
  }
  void push_back(std::int64_t d) {
    assert(n_ < kMaxDims);
    dims_[static_cast<std::size_t>(n_++)] = d;
  }
  int size() const { return n_; }
  std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
  std::int64_t& operator[](int i) { return dims_[static_cast<std::size_t>(i)]; }
  std::int64_t back() const { return n_ == 0 ? 1 : dims_[static_cast<std::size_t>(n_ - 1)]; }
  std::int64_t elements() const {
    std::int64_t product = 1;
    for (int i = 0; i < n_; ++i) product *= (*this)[i];
    return product;
  }
  bool operator==(const Shape& other) const {
    return n_ == other.n_ && std::equal(dims_.begin(), dims_.begin() + n_, other.dims_.begin());
  }
  std::string to_string() const {
    std::string text = "[";
    for (int i = 0; i < n_; ++i) text += (i > 0 ? ", " : "") + std::to_string((*this)[i]);
    return text + "]";
  }

 private:
  std::array<std::int64_t, kMaxDims> dims_{};
  int n_ = 0;
};

struct Tensor {
  DType dtype = DType::kF32;
  Shape shape;
  const std::byte* data = nullptr;    ///< may be unaligned; read through memcpy or unaligned loads
  std::shared_ptr<const void> owner;  ///< keeps `data` alive

  explicit operator bool() const { return data != nullptr; }
  std::int64_t elements() const { return shape.elements(); }
  std::int64_t row_length() const { return shape.back(); }                                   ///< n_in
  std::int64_t n_rows() const { return row_length() == 0 ? 0 : elements() / row_length(); }  ///< n_out
  std::size_t row_bytes() const { return hearth::row_bytes(dtype, row_length()); }
  std::size_t bytes() const { return hearth::row_bytes(dtype, elements()); }
  const std::byte* row(std::int64_t i) const { return data + static_cast<std::size_t>(i) * row_bytes(); }

  /// Rows [begin, end) of a matrix, sharing memory.
  Tensor rows(std::int64_t begin, std::int64_t end) const {
    assert(shape.size() == 2 && 0 <= begin && begin <= end && end <= shape[0]);
    return {dtype, {end - begin, shape[1]}, row(begin), owner};
  }
  /// REQUIRES: dtype is F32 and the data is aligned for float (as owned tensors are).
  std::span<const float> f32() const {
    assert(dtype == DType::kF32);
    return {reinterpret_cast<const float*>(data), static_cast<std::size_t>(elements())};
  }
};

/// A new F32 tensor that owns `values`. REQUIRES: as many values as the shape says.
Tensor make_f32_tensor(Shape shape, std::span<const float> values);

}  // namespace hearth
