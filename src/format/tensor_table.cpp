#include "format/tensor_table.h"

#include <fmt/format.h>

#include <utility>

#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {

void TensorTable::add(std::string name, Tensor tensor, std::string_view where) {
  const auto [place, is_new] = tensors_.try_emplace(std::move(name));
  if (!is_new)
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: tensor {} is there twice", where, quote(place->first)));
  place->second = std::move(tensor);
}

const Tensor* TensorTable::find(std::string_view name) const {
  const auto place = tensors_.find(name);
  return place == tensors_.end() ? nullptr : &place->second;
}

}  // namespace hearth
