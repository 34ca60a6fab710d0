// Named tensors of one model, whatever files they came from.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace hearth {

/// Tensor names to views. Keeps the files mapped through each tensor's owner.
class TensorTable {
 public:
  /// Errors: kCorruptData when the name is there already (`where` names the file).
  void add(std::string name, Tensor tensor, std::string_view where);
  /// nullptr where there is none.
  const Tensor* find(std::string_view name) const;
  const std::map<std::string, Tensor, std::less<>>& all() const { return tensors_; }
  bool empty() const { return tensors_.empty(); }

 private:
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace hearth
