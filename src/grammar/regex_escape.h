// What a backslash begins, and classes in brackets: the parts of a regular expression that mean one character.
#pragma once

#include "grammar/code_point_set.h"
#include "grammar/regex_scanner.h"

namespace hearth {

/// After "[": up to and including "]".
CodePointSet parse_character_class(RegexScanner& scanner);

/// After "\", outside brackets. Errors: also for what is no character, \b or \1.
CodePointSet parse_escape(RegexScanner& scanner);

/// The characters that "." matches: all but the line terminators.
const CodePointSet& regex_dot();

}  // namespace hearth
