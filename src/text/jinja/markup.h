// Python's Markup: text that is HTML already. Adding plain text to it escapes that text.
#pragma once

#include "text/jinja/value.h"

namespace hearth::jinja {

/// & < > ' " as markupsafe writes them.
Text escape_html(Runtime& runtime, const Text& text);
/// a + b.
Value add_strings(Runtime& runtime, const StringObject& a, const StringObject& b);
/// The value's text; escaped where it joins `markup` without being markup itself.
Text text_for(Runtime& runtime, const Value& value, bool markup);

}  // namespace hearth::jinja
