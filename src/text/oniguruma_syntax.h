// From Oniguruma's regular expressions (Ruby syntax) to PCRE2's.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// Rewrites what the two read differently: \s \S \w \W \h \H, {,n}, the meaning of (?m). Everything else stays; what
/// PCRE2 does not know, it refuses when compiling. Errors: kUnsupported naming `where` for classes inside classes and
/// intersections (&&), which PCRE2 would read as plain characters.
std::string oniguruma_to_pcre2(std::string_view expression, const std::string& where);

}  // namespace hearth
