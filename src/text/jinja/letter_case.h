// Python's case mappings: lower, upper, title, with Unicode's special cases ("ß".upper() is "SS").
#pragma once

#include <string_view>

#include "text/jinja/text.h"

namespace hearth::jinja {

enum class LetterCase { kNone, kLower, kUpper, kTitle };

LetterCase letter_case(char32_t c);  ///< what a character is
bool is_cased(char32_t c);

Text to_lower(const Text& text);
Text to_upper(const Text& text);
/// str.title(): each run of letters begins in title case.
Text to_title(const Text& text);
/// str.casefold().
Text fold_case(const Text& text);
/// str.capitalize().
Text capitalize(const Text& text);
/// str.swapcase().
Text swap_case(const Text& text);
/// Jinja's filter `title`: only what follows white space, '-' or an opening bracket begins a word.
Text title_words(const Text& text);

}  // namespace hearth::jinja
