#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include "base/quote.h"
#include "grammar/number_set.h"
#include "hearth/error.h"

namespace hearth {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void fail(std::string_view text, const char* problem) {
  throw Error(ErrorCode::kInvalidArgument, "the number " + quote(text) + " " + problem,
              "write a JSON number, as -12.5 or 3e8");
}

}  // namespace

Decimal Decimal::parse(std::string_view text) {
  std::size_t at = 0;
  const auto peek = [&] { return at < text.size() ? text[at] : '\0'; };
  const auto take_digits = [&](std::string& into) {
    const std::size_t begin = at;
    while (is_digit(peek())) ++at;
    if (at == begin) fail(text, "is no JSON number");
    into += text.substr(begin, at - begin);
    return at - begin;
  };
  Decimal result;
  result.digits.clear();
  if (peek() == '-') {
    result.negative = true;
    ++at;
  }
  const bool leading_zero = peek() == '0';
  if (take_digits(result.digits) > 1 && leading_zero) fail(text, "has a leading zero");
  if (peek() == '.') {
    ++at;
    result.exponent -= static_cast<std::int64_t>(take_digits(result.digits));
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at;
    const bool negative = peek() == '-';
    if (peek() == '-' || peek() == '+') ++at;
    std::string digits;
    take_digits(digits);
    std::int64_t value = 0;
    // Far more than any number of which an automaton could be made, and far from overflow.
    constexpr std::int64_t kMaxExponent = 1'000'000'000'000;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end.ec != std::errc() || value > kMaxExponent) fail(text, "has an exponent that is too large");
    result.exponent += negative ? -value : value;
  }
  if (at != text.size()) fail(text, "is no JSON number");

  result.digits.erase(0, std::min(result.digits.find_first_not_of('0'), result.digits.size()));
  if (result.digits.empty()) return Decimal{};
  const std::size_t last = result.digits.find_last_not_of('0');
  result.exponent += static_cast<std::int64_t>(result.digits.size() - 1 - last);
  result.digits.resize(last + 1);
  return result;
}

}  // namespace hearth
