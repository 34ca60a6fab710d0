// The known name that a person may have meant when typing another one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Edits (insert, delete, replace, swap of neighbours) from one to the other: optimal string alignment (Damerau 1964,
/// restricted). Names only: time and memory are the product of the lengths.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name with the fewest edits from `typed`, or the only one that begins with it; empty where none is near.
std::optional<std::string> nearest_name(std::string_view typed, const std::vector<std::string>& names);

/// Up to `most` names that are near, begin with what was typed or hold it, nearest first.
std::vector<std::string> near_names(std::string_view typed, const std::vector<std::string>& names, std::size_t most);

}  // namespace hearth
