// A regular expression as a nondeterministic automaton over characters. After K. Thompson, "Regular Expression Search
// Algorithm" (1968), with ^ and $ as steps of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "grammar/regex.h"
#include "grammar/regex_budget.h"
#include "grammar/regex_syntax.h"

namespace hearth {

struct RegexNfa {
  static constexpr std::uint32_t kNone = 0xFFFF'FFFFU;
  struct State {
    enum class Kind : std::uint8_t {
      kSet,        ///< one character of sets[set], then `next`
      kSplit,      ///< `next` or `other`, without a character
      kTextStart,  ///< `next` if nothing was read yet
      kTextEnd,    ///< `next` if nothing follows
      kMatch
    };
    Kind kind;
    std::uint32_t set = 0;
    std::uint32_t next = kNone;
    std::uint32_t other = kNone;
  };

  std::vector<State> states;
  std::vector<CodePointSet> sets;  ///< all different
  std::uint32_t start = 0;
  /// Where whatever follows is accepted (the end of a search), or kNone.
  std::uint32_t sink = kNone;
};

RegexNfa build_nfa(RegexSyntax syntax, RegexMatch match, const RegexBudget& budget);

}  // namespace hearth
