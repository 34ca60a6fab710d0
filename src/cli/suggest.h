// "Did you mean …?": the known name nearest to what was typed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::cli {

/// The name with the fewest edits (insert, delete, replace, swap of neighbours) from `typed`, or the only one that
/// begins with it; empty where none is near.
std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& names);

/// "did you mean 'chat'?" or, where nothing is near, `otherwise`.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names, std::string otherwise);

}  // namespace hearth::cli
