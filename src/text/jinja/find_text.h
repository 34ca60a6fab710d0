// Searching, splitting and replacing in strings, keeping provenance.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

/// str.replace(old, new, limit): all of them where `limit` is negative; an empty `old` stands before every character
/// and at the end.
Text replace(Runtime& runtime, const Text& text, std::string_view old, const Text& replacement, std::int64_t limit);

/// str.split() and str.rsplit(): a null separator is any run of white space. `limit` < 0: no limit. Errors: for an
/// empty separator.
std::vector<Text::Range> split(Runtime& runtime, std::string_view text, const std::string_view* separator,
                               std::int64_t limit);
std::vector<Text::Range> split_from_right(Runtime& runtime, std::string_view text, const std::string_view* separator,
                                          std::int64_t limit);
/// str.splitlines().
std::vector<Text::Range> split_lines(Runtime& runtime, std::string_view text, bool keep_ends);

}  // namespace hearth::jinja
