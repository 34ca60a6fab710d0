// Which tokens a grammar allows next: the Machine's answer for whole tokens. allowed_plainly() steps the machine over
// every token; allowed_tokens() gives the same from masks that are made once for a lexeme, and walks only tokens that
// leave it.
#pragma once

#include "grammar/machine.h"
#include "grammar/token_vocabulary.h"

namespace hearth {

/// Adds to `mask` ([vocabulary.mask_words()]) each token whose bytes are allowed at `set`. machine.history() is as it
/// was afterwards. Errors: as Machine::step.
void allowed_plainly(Machine& machine, const ThreadSet& set, const TokenVocabulary& vocabulary, TokenMask& mask);
void allowed_tokens(Machine& machine, const ThreadSet& set, const TokenVocabulary& vocabulary, TokenMask& mask);

}  // namespace hearth
