#include "text/jinja/format_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/unicode.h"
#include "text/jinja/numbers.h"
#include "text/jinja/runtime.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

constexpr std::size_t kMaxWidth = 1u << 30;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

std::size_t read_count(Runtime& runtime, std::string_view text, std::size_t& at) {
  std::size_t count = 0;
  while (at < text.size() && is_digit(text[at])) {
    count = count * 10 + static_cast<std::size_t>(text[at++] - '0');
    if (count > kMaxWidth) runtime.fail("too many digits in a format");
  }
  return count;
}

/// `body` widened to the width; a numeric '=' pads between sign and digits.
Text pad(Runtime& runtime, std::string_view prefix, const Text& body, const FormatSpec& spec, char default_align) {
  const std::size_t length = prefix.size() + count_characters(body.view());
  const std::size_t missing = spec.width > length ? spec.width - length : 0;
  runtime.require_size(body.size() + prefix.size());
  if (missing > 0) runtime.require_size(body.size() + prefix.size() + missing * spec.fill.size());
  runtime.touch(body.size() + missing);
  const char align = spec.align == 0 ? default_align : spec.align;
  const std::size_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  Text out;
  const auto fill = [&](std::size_t n) {
    while (n-- > 0) out.append(spec.fill);
  };
  fill(before);
  out.append(prefix, body.any_untrusted());
  if (align == '=') fill(missing);
  out.append(body);
  if (align != '=') fill(missing - before);
  return out;
}

std::string group_digits(std::string_view digits, char separator, std::size_t every) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % every == 0) out.push_back(separator);
    out.push_back(digits[i]);
  }
  return out;
}

struct Digits {
  std::string prefix;  ///< "0x" …
  std::string body;
};

Digits integer_digits(std::uint64_t magnitude, const FormatSpec& spec) {
  switch (spec.type) {
    case 'b': return {"0b", fmt::format("{:b}", magnitude)};
    case 'o': return {"0o", fmt::format("{:o}", magnitude)};
    case 'x': return {"0x", fmt::format("{:x}", magnitude)};
    case 'X': return {"0X", fmt::format("{:X}", magnitude)};
    default: return {"", fmt::format("{}", magnitude)};
  }
}

std::string float_digits(double magnitude, const FormatSpec& spec) {
  const char lower = spec.type >= 'A' && spec.type <= 'Z' ? static_cast<char>(spec.type + ('a' - 'A')) : spec.type;
  std::string body;
  if (lower == '%') {
    body = format_float(magnitude * 100, 'f', spec.precision.value_or(6)) + "%";
  } else if (lower == 0 && !spec.precision) {
    body = format_float(magnitude);
  } else {
    const char type = lower == 0 ? 'g' : lower;
    const int least = type == 'g' ? 1 : 0;
    body = format_float(magnitude, type, std::max(spec.precision.value_or(6), least));
    if (lower == 0 && body.find_first_of(".en") == std::string::npos) body += ".0";
  }
  if (lower != spec.type)
    std::transform(body.begin(), body.end(), body.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return body;
}

bool is_float_type(char type) { return type != 0 && std::string_view("eEfFgG%").find(type) != std::string_view::npos; }

}  // namespace

FormatSpec parse_format_spec(Runtime& runtime, const Text& spec_text) {
  const std::string_view text = spec_text.view();
  FormatSpec spec;
  std::size_t at = 0;
  if (!text.empty()) {
    const std::size_t first = decode_utf8(text, 0).length;
    if (first < text.size() && is_align(text[first])) {
      spec.fill = spec_text.slice(0, first);
      spec.align = text[first];
      at = first + 1;
    } else if (is_align(text[0])) {
      spec.align = text[0];
      at = 1;
    }
  }
  if (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == ' ')) spec.sign = text[at++];
  if (at < text.size() && text[at] == '#') {
    spec.alternate = true;
    ++at;
  }
  if (at < text.size() && text[at] == '0') {
    if (spec.align == 0) {
      spec.fill = Text("0");
      spec.align = '=';
    }
    ++at;
  }
  spec.width = read_count(runtime, text, at);
  if (at < text.size() && (text[at] == ',' || text[at] == '_')) spec.grouping = text[at++];
  if (at < text.size() && text[at] == '.') {
    if (++at >= text.size() || !is_digit(text[at])) runtime.fail("Format specifier missing precision");
    spec.precision = static_cast<int>(read_count(runtime, text, at));
  }
  if (at < text.size()) spec.type = text[at++];
  if (at != text.size()) runtime.fail("Invalid format specifier");
  return spec;
}

Text format_number(Runtime& runtime, const Value& number, const FormatSpec& spec) {
  if (spec.precision) runtime.require_size(static_cast<std::size_t>(*spec.precision));
  const bool real = number.is_float() || is_float_type(spec.type);
  bool negative = false;
  Digits digits;
  if (real) {
    if (spec.type != 0 && !is_float_type(spec.type)) {
      runtime.fail(fmt::format("Unknown format code '{}' for object of type 'float'", spec.type));
    }
    const double value = as_double(number);
    negative = std::signbit(value) && !std::isnan(value);
    digits.body = float_digits(std::fabs(value), spec);
  } else {
    if (spec.precision) runtime.fail("Precision not allowed in integer format specifier");
    if (const auto* large = number.get_if<std::uint64_t>()) {
      digits = integer_digits(*large, spec);
    } else {
      const std::int64_t value = require_integer(runtime, number);
      negative = value < 0;
      digits =
          integer_digits(negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value), spec);
    }
    if (spec.type != 0 && std::string_view("bdnoxX").find(spec.type) == std::string_view::npos) {
      runtime.fail(fmt::format("Unknown format code '{}' for object of type 'int'", spec.type));
    }
  }
  if (spec.grouping != 0) {
    const std::size_t whole = std::min(digits.body.find_first_not_of("0123456789abcdefABCDEF"), digits.body.size());
    const bool decimal = real || spec.type == 0 || spec.type == 'd';
    digits.body =
        group_digits(digits.body.substr(0, whole), spec.grouping, decimal ? 3 : 4) + digits.body.substr(whole);
  }
  std::string prefix = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
  if (spec.alternate) prefix += digits.prefix;
  return pad(runtime, prefix, Text(std::move(digits.body), number.untrusted_scalar()), spec, '>');
}

Text format_string(Runtime& runtime, const Text& text, const FormatSpec& spec) {
  if (!spec.precision) return pad(runtime, "", text, spec, '<');
  const std::size_t end = byte_of_character(text.view(), static_cast<std::size_t>(*spec.precision));
  return pad(runtime, "", text.slice(0, end), spec, '<');
}

}  // namespace hearth::jinja
