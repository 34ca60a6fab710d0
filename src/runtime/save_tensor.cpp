#include <fmt/format.h>

#include "base/quote.h"
#include "format/safetensors.h"
#include "hearth/model.h"
#include "tensor/tensor.h"

namespace hearth {

void save_f32_tensor(const std::string& path, const std::string& name, const std::vector<std::int64_t>& shape,
                     std::span<const float> values) {
  Tensor tensor;
  tensor.dtype = DType::kF32;
  std::uint64_t elements = 1;
  bool fits = shape.size() <= static_cast<std::size_t>(Shape::kMaxDims);
  for (const std::int64_t dim : shape) {
    fits = fits && dim >= 0 && !__builtin_mul_overflow(elements, static_cast<std::uint64_t>(dim), &elements);
    if (fits) tensor.shape.push_back(dim);
  }
  if (!fits || elements != values.size()) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: tensor {} has {} values, which is not what its shape says", path, quote(name), values.size()));
  }
  tensor.data = reinterpret_cast<const std::byte*>(values.data());
  write_safetensors(path, {{name, tensor}});
}

}  // namespace hearth
