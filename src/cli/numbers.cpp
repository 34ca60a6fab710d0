#include "cli/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>

#include "base/quote.h"
#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

template <typename T>
bool parses(std::string_view text, T& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

[[noreturn]] void refuse(std::string_view what, std::string_view text, const std::string& right) {
  throw UsageError(fmt::format("{} is {}; it must be {}", what, quote(text), right), "");
}

}  // namespace

std::int64_t parse_integer(std::string_view text, std::string_view what, std::int64_t minimum, std::int64_t maximum) {
  std::int64_t number = 0;
  if (parses(text, number) && number >= minimum && number <= maximum) return number;
  std::string right = "a whole number";
  if (minimum != std::numeric_limits<std::int64_t>::min()) right += fmt::format(" of at least {}", minimum);
  if (maximum != std::numeric_limits<std::int64_t>::max()) right += fmt::format(" and at most {}", maximum);
  refuse(what, text, right);
}

std::uint64_t parse_unsigned(std::string_view text, std::string_view what) {
  std::uint64_t number = 0;
  if (parses(text, number)) return number;
  refuse(what, text, "a whole number of at least 0, of 64 bits");
}

double parse_number(std::string_view text, std::string_view what) {
  double number = 0;
  if (parses(text, number) && std::isfinite(number)) return number;
  refuse(what, text, "a number");
}

bool parse_boolean(std::string_view text, std::string_view what) {
  if (text == "true" || text == "on" || text == "yes" || text == "1") return true;
  if (text == "false" || text == "off" || text == "no" || text == "0") return false;
  refuse(what, text, "on or off");
}

std::vector<TokenId> parse_ids(std::string_view text, std::string_view what) {
  constexpr std::string_view kBetween = ", \t\r\n[]";
  std::vector<TokenId> ids;
  while (true) {
    const std::size_t start = text.find_first_not_of(kBetween);
    if (start == std::string_view::npos) return ids;
    text.remove_prefix(start);
    const std::string_view id = text.substr(0, text.find_first_of(kBetween));
    ids.push_back(static_cast<TokenId>(parse_integer(id, what, 0, std::numeric_limits<TokenId>::max())));
    text.remove_prefix(id.size());
  }
}

}  // namespace hearth::cli
