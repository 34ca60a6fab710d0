// str() and repr() of template values, as Python writes them, with the provenance of what they contain.
#pragma once

#include "text/jinja/value.h"

namespace hearth::jinja {

/// str(value): what {{ value }} prints. Undefined is empty.
Text to_text(Runtime& runtime, const Value& value);
/// Appends str(value) to `out`.
void append_text(Runtime& runtime, Text& out, const Value& value);
/// repr(value): as it stands inside a printed list.
Text repr(Runtime& runtime, const Value& value);

}  // namespace hearth::jinja
