#include <algorithm>
#include <map>
#include <utility>

#include "grammar/character_dfa.h"

namespace hearth {

/// One sweep over all borders of ranges: a class is the set of sets that hold a character.
CharacterClasses classify(const std::vector<CodePointSet>& sets, RegexBudget& budget) {
  struct Border {
    char32_t at;
    std::uint32_t set;
    bool enters;
  };
  std::vector<Border> borders;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    for (const auto& [first, last] : sets[s].ranges()) {
      borders.push_back({first, static_cast<std::uint32_t>(s), true});
      borders.push_back({last + 1, static_cast<std::uint32_t>(s), false});
    }
  }
  std::sort(borders.begin(), borders.end(), [](const Border& a, const Border& b) { return a.at < b.at; });

  CharacterClasses classes;
  classes.of_sets.resize(sets.size());
  std::map<std::vector<std::uint32_t>, std::uint32_t> numbers;
  std::vector<std::uint32_t> active;  // ascending
  for (std::size_t i = 0; i < borders.size();) {
    const char32_t at = borders[i].at;
    for (; i < borders.size() && borders[i].at == at; ++i) {
      const auto place = std::lower_bound(active.begin(), active.end(), borders[i].set);
      if (borders[i].enters) {
        active.insert(place, borders[i].set);
      } else {
        active.erase(place);
      }
    }
    budget.spend(1 + 8 * active.size());  // it is copied, compared and kept
    if (active.empty()) continue;
    const auto [found, is_new] = numbers.emplace(active, classes.n_classes);
    if (is_new) {
      for (const std::uint32_t set : active) classes.of_sets[set].push_back(classes.n_classes);
      ++classes.n_classes;
    }
    classes.ranges.push_back({at, borders[i].at - 1, found->second});
  }
  return classes;
}

}  // namespace hearth
