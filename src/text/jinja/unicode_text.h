// Python's view of a string over UTF-8 bytes: characters, white space, lines and case. Bytes that are not UTF-8 count
// as one character each and pass through unchanged.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "text/jinja/text.h"

namespace hearth::jinja {

bool is_ascii(std::string_view text);
std::size_t count_characters(std::string_view text);
/// The byte at which character `index` begins; text.size() where there are not so many.
std::size_t byte_of_character(std::string_view text, std::size_t index);

/// str.isspace() of one character, which is also what `\s` matches.
bool is_space(char32_t c);
/// Whether repr() shows the character itself.
bool is_printable(char32_t c);
bool is_word(char32_t c);  ///< `\w`: letters, digits and the underscore

/// [begin, end) without the white space around.
Text::Range trim_space(std::string_view text, bool left, bool right);
/// Likewise without any of the characters in `chars`.
Text::Range trim_characters(std::string_view text, std::string_view chars, bool left, bool right);

/// The length in bytes of the line break at `offset`, as str.splitlines() sees it; 0 where there is none.
std::size_t line_break_at(std::string_view text, std::size_t offset);

}  // namespace hearth::jinja
