// Names of models that are made here of files: what a file is imported as, so that the model of that name and the file
// below it can be found and removed together.
#pragma once

#include <string>

namespace hearth {

/// "mario" → "mario:latest", "ann/mario:v2" → "ann-mario:v2": a name that import_model() takes.
std::string import_name(const std::string& model);

}  // namespace hearth
