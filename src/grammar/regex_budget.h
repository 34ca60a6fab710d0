// How much one regular expression may cost. Counted, not timed, so that the same expression always has the same answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/quote.h"
#include "grammar/dfa.h"
#include "hearth/error.h"

namespace hearth {

class RegexBudget {
 public:
  RegexBudget(std::string_view pattern, std::string_view what, const AutomatonLimits& limits)
      : pattern_(pattern), what_(what), max_states_(limits.max_states) {}

  /// Errors: kUnsupported when all steps together are too many.
  void spend(std::size_t n_steps) {
    if (n_steps > steps_left_) fail("too much work");
    steps_left_ -= n_steps;
  }
  /// States of the result. Errors: kUnsupported when there are more than the limits allow.
  void check_states(std::size_t n) const {
    if (n > max_states_) fail("more than " + std::to_string(max_states_) + " states");
  }
  /// States before the automaton is made deterministic, of which the result often needs fewer.
  void check_nfa_states(std::size_t n) const {
    if (n > max_states_ * 8) fail("more than " + std::to_string(max_states_) + " states");
  }

 private:
  [[noreturn]] void fail(const std::string& needs) const {
    throw Error(ErrorCode::kUnsupported, std::string(what_) + " " + quote(pattern_) + " needs " + needs,
                "repeat less often, or say where the text begins and ends with ^ and $");
  }

  std::string_view pattern_;
  std::string_view what_;
  std::size_t max_states_;
  std::size_t steps_left_ = 10'000'000;  // about a tenth of a second
};

}  // namespace hearth
