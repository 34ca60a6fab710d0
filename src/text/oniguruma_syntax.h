// From Oniguruma's regular expressions (Ruby syntax) to PCRE2's.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace hearth {

/// Rewrites what the two read differently: \s \S \w \W \h \H \b \B, {,n}, the meaning of (?m), the names in \p{…} and
/// [[:…:]], classes inside classes and their intersection (&&). `is_script` says whether a name is a script's (PCRE2
/// takes a bare one for the wider script extensions). What PCRE2 does not know it refuses when compiling. Errors:
/// kUnsupported naming `where` for classes nested too deep.
std::string oniguruma_to_pcre2(std::string_view expression, const std::string& where,
                               const std::function<bool(std::string_view)>& is_script);

}  // namespace hearth
