#include "text/jinja/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "text/jinja/runtime.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

std::string special_float(double number) {
  if (std::isnan(number)) return "nan";
  return number < 0 ? "-inf" : "inf";
}

std::string_view trimmed(std::string_view text) {
  const auto [begin, end] = trim_space(text, true, true);
  return text.substr(begin, end - begin);
}

/// Digits with single underscores between them, without the underscores; nothing where they stand elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out.push_back(text[i]);
      continue;
    }
    const auto is_digit = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) return std::nullopt;
  }
  return out;
}

int prefix_base(std::string_view digits) {
  if (digits.size() < 2 || digits[0] != '0') return 0;
  switch (digits[1]) {
    case 'x':
    case 'X': return 16;
    case 'o':
    case 'O': return 8;
    case 'b':
    case 'B': return 2;
    default: return 0;
  }
}

}  // namespace

std::string format_float(double number) {
  if (!std::isfinite(number)) return special_float(number);
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string_view scientific(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = scientific.find('e');
  int exponent = 0;
  const char* digits = scientific.data() + e + 1;
  std::from_chars(*digits == '+' ? digits + 1 : digits, end, exponent);
  if (exponent < -4 || exponent >= 16)
    return std::string(scientific);  // to_chars writes two digits of exponent as Python does
  char fixed[512];
  const auto fixed_end = std::to_chars(fixed, fixed + sizeof fixed, number, std::chars_format::fixed).ptr;
  std::string out(fixed, fixed_end);
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string format_float(double number, char type, int precision) {
  if (!std::isfinite(number)) return special_float(number);
  const auto format = type == 'e'   ? std::chars_format::scientific
                      : type == 'g' ? std::chars_format::general
                                    : std::chars_format::fixed;
  std::string out(static_cast<std::size_t>(precision) + 512, '\0');  // a double has at most 309 digits before the point
  const auto end = std::to_chars(out.data(), out.data() + out.size(), number, format, precision).ptr;
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

double as_double(const Value& number) {
  if (const double* real = number.get_if<double>()) return *real;
  if (const bool* flag = number.get_if<bool>()) return *flag ? 1 : 0;
  if (const auto* large = number.get_if<std::uint64_t>()) return static_cast<double>(*large);
  return static_cast<double>(*number.get_if<std::int64_t>());
}

namespace {

std::partial_ordering compare_integer_with_float(const Value& integer, double real) {
  if (std::isnan(real)) return std::partial_ordering::unordered;
  constexpr double kTwo64 = 18446744073709551616.0;
  if (real >= kTwo64) return std::partial_ordering::less;
  if (real < -kTwo64 / 2) return std::partial_ordering::greater;
  const double whole = std::trunc(real);
  const double fraction = real - whole;
  std::strong_ordering order = std::strong_ordering::equal;
  if (const auto* large = integer.get_if<std::uint64_t>()) {
    if (whole < 0) return std::partial_ordering::greater;
    order = *large <=> static_cast<std::uint64_t>(whole);
  } else {
    if (whole >= kTwo64 / 2) return std::partial_ordering::less;
    const bool* flag = integer.get_if<bool>();
    const std::int64_t small = flag != nullptr ? (*flag ? 1 : 0) : *integer.get_if<std::int64_t>();
    order = small <=> static_cast<std::int64_t>(whole);
  }
  return order != 0 ? order : 0.0 <=> fraction;
}

std::partial_ordering reversed(std::partial_ordering order) {
  if (order == std::partial_ordering::less) return std::partial_ordering::greater;
  if (order == std::partial_ordering::greater) return std::partial_ordering::less;
  return order;
}

}  // namespace

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  const double* x = a.get_if<double>();
  const double* y = b.get_if<double>();
  if (x != nullptr && y != nullptr) return *x <=> *y;
  if (y != nullptr) return compare_integer_with_float(a, *y);
  if (x != nullptr) return reversed(compare_integer_with_float(b, *x));
  const auto* large_a = a.get_if<std::uint64_t>();
  const auto* large_b = b.get_if<std::uint64_t>();
  if (large_a != nullptr && large_b != nullptr) return *large_a <=> *large_b;
  if (large_a != nullptr)
    return std::partial_ordering::greater;  // it is carried apart only where it exceeds every int64
  if (large_b != nullptr) return std::partial_ordering::less;
  const auto small = [](const Value& v) {
    const bool* flag = v.get_if<bool>();
    return flag != nullptr ? static_cast<std::int64_t>(*flag) : *v.get_if<std::int64_t>();
  };
  return small(a) <=> small(b);
}

std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
  text = trimmed(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const int prefix = prefix_base(text);
  if (prefix != 0 && (base == 0 || base == prefix)) {
    base = prefix;
    text.remove_prefix(2);
    if (!text.empty() && text[0] == '_') text.remove_prefix(1);
  } else if (base == 0) {
    if (text.size() > 1 && text[0] == '0' && text.find_first_not_of("0_") != std::string_view::npos)
      return std::nullopt;
    base = 10;
  }
  const auto digits = without_underscores(text);
  if (!digits || digits->empty()) return std::nullopt;
  if ((*digits)[0] == '-' || (*digits)[0] == '+') return std::nullopt;
  const std::string number = (negative ? "-" : "") + *digits;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, base);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_float(std::string_view text) {
  const auto cleaned = without_underscores(trimmed(text));
  if (!cleaned) return std::nullopt;
  std::string_view digits = *cleaned;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  if (digits.empty() || digits[0] == '-' || digits[0] == '+') return std::nullopt;
  const bool word = digits[0] > '9';
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone then; the exponent's sign tells which side it fell off.
    const std::size_t e = digits.find_first_of("eE");
    value = e != std::string_view::npos && e + 1 < digits.size() && digits[e + 1] == '-'
                ? 0.0
                : std::numeric_limits<double>::infinity();
  } else if (error != std::errc() || (word && digits.find('(') != std::string_view::npos)) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

double round_half_even(double number, int digits) {
  // Past these a double either has no such digits or is rounded away whole, as CPython's float.__round__ reasons.
  if (!std::isfinite(number) || digits > 323) return number;
  if (digits < -308) return std::copysign(0.0, number);
  if (digits >= 0) return parse_float(format_float(number, 'f', digits)).value_or(number);
  const double scale = std::pow(10.0, -digits);
  return std::nearbyint(number / scale) * scale;
}

std::int64_t require_integer(Runtime& runtime, const Value& value) {
  if (const auto* number = value.get_if<std::int64_t>()) return *number;
  if (const bool* flag = value.get_if<bool>()) return *flag ? 1 : 0;
  if (value.get_if<std::uint64_t>() != nullptr) runtime.fail("an integer is too large (beyond 64 bits)");
  if (const UndefinedObject* missing = value.undefined()) runtime.fail(missing->message);
  runtime.fail(fmt::format("'{}' object cannot be interpreted as an integer", value.type_name()));
}

std::int64_t truncate_to_integer(Runtime& runtime, double number) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (std::isnan(number)) runtime.fail("cannot convert float NaN to integer");
  if (std::isinf(number)) runtime.fail("cannot convert float infinity to integer");
  if (number >= kTwo63 || number < -kTwo63) runtime.fail("an integer is too large (beyond 64 bits)");
  return static_cast<std::int64_t>(number);
}

}  // namespace hearth::jinja
