#include "cli/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace hearth::cli {
namespace {

constexpr std::size_t kLongestName = 64;  // nobody meant a name when typing more; keeps the table small

/// Optimal string alignment distance (Damerau 1964, restricted): a typo is one of its four edits.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& names) {
  if (typed.empty() || typed.size() > kLongestName) return std::nullopt;
  const auto begins = [&](const std::string& name) { return name.starts_with(typed); };
  if (std::count_if(names.begin(), names.end(), begins) == 1) return *std::find_if(names.begin(), names.end(), begins);
  // One wrong letter in three is a typo; more is another word.
  std::size_t best = std::max<std::size_t>(1, typed.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& name : names) {
    const std::size_t edits = distance(typed, name);
    if (edits < best) {
      best = edits;
      found = name;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names, std::string otherwise) {
  const auto name = nearest(typed, names);
  return name ? fmt::format("did you mean '{}'?", *name) : std::move(otherwise);
}

}  // namespace hearth::cli
