#include "cli/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdlib>

#include "base/unicode.h"

namespace hearth::cli {
namespace {

void append_number(std::string& text, double number) {
  if (!std::isfinite(number)) {
    text += "null";
    return;
  }
  const std::string digits = fmt::format("{}", number);
  text += digits;
  // 1.0 stays a number with a fraction: a template prints the two differently.
  if (digits.find_first_of(".e") == std::string::npos) text += ".0";
}

void append(std::string& text, const json::value& value);  // NOLINT(misc-no-recursion)

void append_string(std::string& text, std::string_view string) {
  text += json::serialize(json::string_view(replace_invalid_utf8(string)));
}

void append_array(std::string& text, const json::array& array) {  // NOLINT(misc-no-recursion)
  text += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) text += ", ";
    append(text, array[i]);
  }
  text += ']';
}

void append_object(std::string& text, const json::object& object) {  // NOLINT(misc-no-recursion)
  text += '{';
  bool first = true;
  for (const auto& pair : object) {
    if (!first) text += ", ";
    first = false;
    append_string(text, {pair.key().data(), pair.key().size()});
    text += ": ";
    append(text, pair.value());
  }
  text += '}';
}

void append(std::string& text, const json::value& value) {  // NOLINT(misc-no-recursion)
  switch (value.kind()) {
    case json::kind::null: text += "null"; return;
    case json::kind::bool_: text += value.get_bool() ? "true" : "false"; return;
    case json::kind::int64: text += fmt::format("{}", value.get_int64()); return;
    case json::kind::uint64: text += fmt::format("{}", value.get_uint64()); return;
    case json::kind::double_: append_number(text, value.get_double()); return;
    case json::kind::string: append_string(text, {value.get_string().data(), value.get_string().size()}); return;
    case json::kind::array: append_array(text, value.get_array()); return;
    case json::kind::object: append_object(text, value.get_object()); return;
  }
}

}  // namespace

std::string to_json_text(const json::value& value) {
  std::string text;
  append(text, value);
  return text;
}

std::string floats_to_json_text(std::span<const float> values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::isfinite(values[i]) ? fmt::format("{:.9g}", values[i]) : "null";
  }
  return text + "]";
}

json::string json_string(std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  return json::string(valid.data(), valid.size());
}

double as_printed(float value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

}  // namespace hearth::cli
