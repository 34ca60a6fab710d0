// A loaded model as people and programs are told about it.
#pragma once

#include "hearth/model.h"
#include "model/loaded_model.h"

namespace hearth {

ModelInfo describe(const LoadedModel& model);
/// Largest share of bytes first.
std::vector<DTypeShare> dtype_shares(const TensorTable& tensors);

}  // namespace hearth
