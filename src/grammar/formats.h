// JSON Schema's "format" values as automata over the string's (decoded) text.
#pragma once

#include <string_view>
#include <vector>

#include "grammar/dfa.h"

namespace hearth {

/// The texts of a format, made once and shared; nullptr for a format that is not known. What a finite automaton can say
/// exactly is exact (leap days of "date" too); every text given is valid.
DfaPointer format_texts(std::string_view format);
/// date, date-time, time, duration, email, hostname, ipv4, ipv6, uri, uri-reference, uuid, json-pointer …
std::vector<std::string_view> known_formats();

}  // namespace hearth
