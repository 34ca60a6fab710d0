// What every construction of an automaton says when it would become too large.
#pragma once

#include <string>

#include "grammar/dfa.h"
#include "hearth/error.h"

namespace hearth {

[[noreturn]] inline void fail_too_many_states(const AutomatonLimits& limits,
                                              const std::string& what = "this combination of constraints") {
  throw Error(ErrorCode::kUnsupported, what + " needs more than " + std::to_string(limits.max_states) + " states",
              "ask for less: shorter lengths, smaller repetitions, fewer alternatives");
}

}  // namespace hearth
