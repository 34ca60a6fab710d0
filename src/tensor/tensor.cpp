#include "tensor/tensor.h"

#include <vector>

namespace hearth {

Tensor make_f32_tensor(Shape shape, std::span<const float> values) {
  assert(static_cast<std::size_t>(shape.elements()) == values.size());
  auto storage = std::make_shared<std::vector<float>>(values.begin(), values.end());
  const auto* data = reinterpret_cast<const std::byte*>(storage->data());
  return {DType::kF32, shape, data, std::move(storage)};
}

}  // namespace hearth
