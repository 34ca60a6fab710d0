// UTF-8 and the Unicode properties that text handling needs; normalisation is utf8proc's. Invalid bytes never throw
// here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

struct CodePoint {
  char32_t value;      ///< U+FFFD where the bytes are invalid
  std::size_t length;  ///< bytes used, at least 1
  bool valid;
};

/// Decodes the code point at `offset` (< text.size()); an invalid or truncated sequence is one byte long.
CodePoint decode_utf8(std::string_view text, std::size_t offset);

/// What is no character (a surrogate, more than U+10FFFF) is written as U+FFFD, so that `out` stays valid.
void append_utf8(std::string& out, char32_t code_point);

bool is_valid_utf8(std::string_view text);

/// Each maximal invalid subpart becomes one U+FFFD, as browsers and Python's errors="replace" do.
std::string replace_invalid_utf8(std::string_view text);

/// How many bytes at the end of `text` are the beginning of a character that is not complete yet (0 to 3).
std::size_t incomplete_utf8_suffix(std::string_view text);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };
/// Invalid bytes are replaced by U+FFFD first.
std::string normalize(std::string_view text, NormalForm form);

/// Lower case of one code point (simple mapping), as utf8proc has it.
char32_t to_lower(char32_t code_point);
/// The two-letter general category, e.g. "Lu", "Mn", "Zs".
const char* category(char32_t code_point);

}  // namespace hearth
