// Automata over the spellings of decimal numbers without an exponent: -?(0|[1-9][0-9]*)(\.[0-9]+)?
#pragma once

#include "grammar/dfa.h"
#include "grammar/number_set.h"

namespace hearth {

/// Which of the numbers less than, equal to and greater than a bound.
struct Comparison {
  bool less = false, equal = false, greater = false;
};

/// Errors, here and below: kUnsupported when the automaton would be too large.
DfaPointer decimals_compared(const Decimal& bound, Comparison wanted);
/// The integer multiples of `step` (> 0).
DfaPointer decimals_divisible(const Decimal& step);

}  // namespace hearth
