// Lower case as Rust's char::to_lowercase has it: the full mapping of one character, without context.
#pragma once

#include <string>

#include "base/unicode.h"

namespace hearth {

/// Appends the lower case of `c` to `out`; false, and nothing appended, where `c` is its own.
inline bool append_lowercase_if_different(std::string& out, char32_t c) {
  if (c < 0x80) {
    if (c < 'A' || c > 'Z') return false;
    out.push_back(static_cast<char>(c + ('a' - 'A')));
    return true;
  }
  if (c == 0x130) {  // İ is the one character whose lower case is two: i and a dot above
    out.push_back('i');
    append_utf8(out, 0x307);
    return true;
  }
  const char32_t lower = to_lower(c);
  if (lower == c) return false;
  append_utf8(out, lower);
  return true;
}

}  // namespace hearth
