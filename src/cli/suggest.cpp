#include "cli/suggest.h"

#include <fmt/format.h>

namespace hearth::cli {

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names, std::string otherwise) {
  const auto name = nearest_name(typed, names);
  return name ? fmt::format("did you mean '{}'?", *name) : std::move(otherwise);
}

}  // namespace hearth::cli
