// Models in one folder, each under its stem.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/manager/offered_model.h"

namespace hearth {

/// Each GGUF file (of a split one the first part) and each model folder in `folder`, links to either too; a GGUF file
/// in a folder below is "folder/stem". Where two have one name the second is "NAME-safetensors". Not looked into.
/// `folder` itself may be a model folder. Errors: kNotFound; kIo where it cannot be read.
std::vector<OfferedModel> models_under_stems(const std::filesystem::path& folder);

/// "model-00001-of-00003.gguf" and "model.gguf" → "model"; of a folder its name.
std::string stem_of_model(const std::filesystem::path& path);

}  // namespace hearth
