// The rules of a GBNF grammar as trees. Names are resolved; nothing is known yet of what can be written with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/code_point_set.h"

namespace hearth {

struct GbnfNode {
  enum class Kind {
    kSet,         ///< one character of `set`
    kSequence,    ///< all children
    kChoice,      ///< one child
    kRepetition,  ///< the one child, min to max times
    kRule         ///< rules[rule]
  };
  static constexpr std::uint32_t kUnbounded = 0xFFFF'FFFFU;

  Kind kind = Kind::kSequence;
  CodePointSet set;
  std::uint32_t min = 0, max = kUnbounded;
  std::uint32_t rule = 0;
  std::vector<GbnfNode> children;
};

struct GbnfRule {
  std::string name;
  GbnfNode body;
};

struct GbnfSyntax {
  std::vector<GbnfRule> rules;
  std::uint32_t root = 0;
};

/// Errors: kInvalidArgument with line and column for wrong syntax, a rule that is defined twice or never, and a missing
/// "root"; kUnsupported for nesting and repetition beyond the limits.
GbnfSyntax parse_gbnf(std::string_view text);

}  // namespace hearth
