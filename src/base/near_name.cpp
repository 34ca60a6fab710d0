#include "base/near_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace hearth {
namespace {

constexpr std::size_t kLongestName = 64;  // nobody meant a name when typing more; keeps the table small

/// One wrong letter in three is a typo; more is another word.
std::size_t most_edits(std::string_view typed) { return std::max<std::size_t>(1, typed.size() / 3); }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
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

std::optional<std::string> nearest_name(std::string_view typed, const std::vector<std::string>& names) {
  if (typed.empty() || typed.size() > kLongestName) return std::nullopt;
  const auto begins = [&](const std::string& name) { return name.starts_with(typed); };
  if (std::count_if(names.begin(), names.end(), begins) == 1) return *std::find_if(names.begin(), names.end(), begins);
  std::size_t best = most_edits(typed) + 1;
  std::optional<std::string> found;
  for (const std::string& name : names) {
    if (name.size() > 2 * kLongestName) continue;
    const std::size_t edits = edit_distance(typed, name);
    if (edits < best) {
      best = edits;
      found = name;
    }
  }
  return found;
}

std::vector<std::string> near_names(std::string_view typed, const std::vector<std::string>& names, std::size_t most) {
  if (typed.empty() || typed.size() > kLongestName) return {};
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : names) {
    if (name.size() > 2 * kLongestName) continue;
    std::size_t rank = edit_distance(typed, name);
    // What was typed is part of the name: as good as one edit, less good the more there is besides.
    if (typed.size() >= 3 && name.find(typed) != std::string::npos) rank = std::min<std::size_t>(rank, 1);
    if (rank <= most_edits(typed)) ranked.emplace_back(rank, name);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> near;
  for (auto& [rank, name] : ranked) {
    if (near.size() == most) break;
    if (std::find(near.begin(), near.end(), name) == near.end()) near.push_back(std::move(name));
  }
  return near;
}

}  // namespace hearth
