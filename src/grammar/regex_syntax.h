// The tree of a parsed regular expression. Groups, lazy quantifiers and escapes are gone: what stays is regular.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "grammar/code_point_set.h"
#include "grammar/regex.h"

namespace hearth {

struct RegexNode {
  enum class Kind {
    kSet,         ///< one character of sets[set]
    kTextStart,   ///< ^
    kTextEnd,     ///< $
    kSequence,    ///< all children; without any the empty text
    kChoice,      ///< one of the children
    kRepetition,  ///< the one child, min to max times
  };
  static constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

  Kind kind = Kind::kSequence;
  std::uint32_t set = 0;
  std::uint32_t min = 0, max = 0;
  std::vector<std::uint32_t> children;
};

struct RegexSyntax {
  std::vector<RegexNode> nodes;
  std::vector<CodePointSet> sets;  ///< all different
  std::uint32_t root = 0;
};

/// Errors: as compile_regex. Nesting is limited, so that the tree can be walked recursively.
RegexSyntax parse_regex(std::string_view pattern, std::string_view what);
/// The automaton of a tree; `what` and `text` name it in errors. Errors: kUnsupported as compile_regex.
DfaPointer compile_syntax(RegexSyntax syntax, RegexMatch match, std::string_view text, std::string_view what,
                          const AutomatonLimits& limits = {});

}  // namespace hearth
