// Runs of digits cut into threes from the right, as some tokenizers ask for with a look-ahead to the end of the run. A
// regex engine looks at the whole run again for every group, which takes hours on a million digits; here it is one
// pass.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace hearth {

class DigitGroups {
 public:
  /// For the expressions that are known to mean this, else nothing.
  static std::optional<DigitGroups> for_expression(std::string_view expression);

  /// Calls `found(begin, end)` for the matches in valid UTF-8, as the expression would find them.
  void each_match(std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) const;

 private:
  enum class Kind {
    kCuts,   ///< (?=(\d{3})+(?!\d)): the empty place before each group
    kGroups  ///< \d{1,3}(?=(?:\d{3})*\b): each group, where no letter follows the run
  };
  explicit DigitGroups(Kind kind) : kind_(kind) {}
  Kind kind_;
};

}  // namespace hearth
