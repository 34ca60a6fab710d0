// A deterministic automaton over classes of characters: the step between a regular expression and bytes. Characters
// that no set of the expression tells apart are one class, so that there are few.
#pragma once

#include <cstdint>
#include <vector>

#include "grammar/code_point_set.h"
#include "grammar/dfa.h"
#include "grammar/regex_budget.h"
#include "grammar/regex_nfa.h"

namespace hearth {

/// Every code point is in one class, or in none when no set holds it.
struct CharacterClasses {
  struct Range {
    char32_t first, last;
    std::uint32_t character_class;
  };
  std::uint32_t n_classes = 0;
  std::vector<Range> ranges;                        ///< ascending and apart
  std::vector<std::vector<std::uint32_t>> of_sets;  ///< the classes of each set, ascending
};

CharacterClasses classify(const std::vector<CodePointSet>& sets, RegexBudget& budget);

struct CharacterDfa {
  struct Step {
    std::uint32_t character_class;
    std::uint32_t to;
  };
  struct State {
    bool accepts = false;
    std::vector<Step> steps;  ///< by class
  };
  std::vector<State> states;  ///< all lead to acceptance; none for the empty language
  std::uint32_t start = 0;
};

/// The subset construction.
CharacterDfa determinize(const RegexNfa& nfa, const CharacterClasses& classes, RegexBudget& budget);

/// Equal states merged.
CharacterDfa minimize(const CharacterDfa& dfa, std::uint32_t n_classes);

/// With the bytes of each character's UTF-8; minimal when `dfa` is.
Dfa::Draft expand_to_utf8(const CharacterDfa& dfa, const CharacterClasses& classes, RegexBudget& budget);

}  // namespace hearth
