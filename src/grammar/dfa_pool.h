// Equal automata as one object, for the whole process: what a vocabulary has found out about one, the masks of its
// states, then serves every grammar that has the same part.
#pragma once

#include "grammar/dfa.h"

namespace hearth {

/// The automaton that is equal to `dfa` state by state and lives already, or `dfa` itself. Safe for any number of
/// threads.
DfaPointer shared_dfa(DfaPointer dfa);

}  // namespace hearth
