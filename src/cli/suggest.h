// "Did you mean …?": the known name nearest to what was typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/near_name.h"

namespace hearth::cli {

/// "did you mean 'chat'?" or, where nothing is near, `otherwise`.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names, std::string otherwise);

}  // namespace hearth::cli
