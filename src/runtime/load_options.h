// How a model's file is opened for what ModelOptions ask for.
#pragma once

#include <string>

#include "hearth/model.h"
#include "model/loaded_model.h"

namespace hearth {

/// Of the packed weights.
std::string packed_folder();
LoadOptions load_options(const ModelOptions& options);

}  // namespace hearth
