// The .json files of this folder as texts. CMake makes the other half of it.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// Name and text of each; "hearth.json", which the others belong into, among them.
std::vector<std::pair<std::string_view, std::string_view>> openapi_parts();

}  // namespace hearth
