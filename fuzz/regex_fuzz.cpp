// Arbitrary text as a regular expression, matched with the text after its first NUL: it ends in an automaton or in an
// Error, and where both take the expression it agrees with PCRE2 on whether the text matches.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/unicode.h"
#include "grammar/regex.h"
#include "hearth/error.h"

namespace {

/// What both engines read alike: no classes in brackets or escapes but these, no braces and no line terminators.
bool is_common(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '[' || c == '{' || c == '#' || static_cast<unsigned char>(c) < ' ') return false;
    if (c == '(' && i + 1 < pattern.size() && (pattern[i + 1] == '?' || pattern[i + 1] == '*')) return false;
    if (c == '\\' &&
        (++i == pattern.size() || std::string_view("dDwW.*+?()|^$").find(pattern[i]) == std::string_view::npos)) {
      return false;
    }
  }
  return true;
}

void compare_with_pcre2(const hearth::Dfa& dfa, std::string_view pattern, std::string_view text) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::unique_ptr<pcre2_code, void (*)(pcre2_code*)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF | PCRE2_DOLLAR_ENDONLY,
                    &error, &offset, nullptr),
      pcre2_code_free);
  if (code == nullptr) return;
  const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match(pcre2_match_data_create(1, nullptr),
                                                                             pcre2_match_data_free);
  const std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)> context(
      pcre2_match_context_create(nullptr), pcre2_match_context_free);
  pcre2_set_match_limit(context.get(), 100'000);
  const int result =
      pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match.get(), context.get());
  if (result < 0 && result != PCRE2_ERROR_NOMATCH) return;  // it gave up
  if (dfa.matches(text) != (result >= 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\0');
  const std::string_view pattern = input.substr(0, end);
  const std::string_view text = end == std::string_view::npos ? "" : input.substr(end + 1);
  hearth::AutomatonLimits limits;
  limits.max_states = 2000;
  try {
    const auto found = hearth::compile_regex(pattern, hearth::RegexMatch::kSearch, "fuzz", limits);
    if (!hearth::is_valid_utf8(text)) {
      if (found->matches(text)) std::abort();
    } else if (is_common(pattern) && text.find_first_of("\r\n\xE2") == std::string_view::npos) {
      compare_with_pcre2(*found, pattern, text);
    }
    hearth::compile_regex(pattern, hearth::RegexMatch::kWhole, "fuzz", limits);
  } catch (const hearth::Error&) {
    // a refusal is an answer
  }
  return 0;
}
