// Regular expressions to automata: ECMA-262's syntax (as JSON Schema's "pattern" writes it) without what is not
// regular: look-around, back-references and word boundaries are refused by name. Groups only group; lazy and greedy are
// the same.
#pragma once

#include <string_view>

#include "grammar/dfa.h"

namespace hearth {

enum class RegexMatch {
  kWhole,  ///< the whole text must match
  kSearch  ///< some part of the text must match, as JSON Schema's "pattern" means it; ^ and $ stand for its ends
};

/// The UTF-8 texts that match. `what` names the expression in errors. Errors: kInvalidArgument with the offset for
/// wrong syntax; kUnsupported for what is refused, naming it and its offset, and for expressions beyond the limits
/// (also of repetition and nesting).
DfaPointer compile_regex(std::string_view pattern, RegexMatch match, std::string_view what = "the regular expression",
                         const AutomatonLimits& limits = {});

}  // namespace hearth
