#include "server/api/ollama/keep_alive.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "base/quote.h"

namespace hearth {
namespace {

constexpr double kMostSeconds = 10.0 * 365 * 24 * 3600;

// The units of Go's time.ParseDuration, the longer ones of those that begin alike first.
constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {
    {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"μs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}};

KeepAlive of_seconds(double seconds) {
  if (seconds < 0 || seconds > kMostSeconds) return kKeepForever;
  return KeepAlive(std::llround(seconds * 1000));
}

/// Digits with perhaps a point; takes them from `text`.
std::optional<double> take_number(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && ((text[length] >= '0' && text[length] <= '9') || text[length] == '.')) ++length;
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
  if (length == 0 || failure != std::errc() || end != text.data() + length) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

}  // namespace

std::optional<KeepAlive> parse_keep_alive(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  double seconds = 0;
  for (bool is_first = true; is_first || !text.empty(); is_first = false) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (text.empty() && is_first) {
      seconds = *number;
      break;
    }
    bool is_known = false;
    for (const auto& [unit, length] : kUnits) {
      if (!text.starts_with(unit)) continue;
      text.remove_prefix(unit.size());
      seconds += *number * length;
      is_known = true;
      break;
    }
    if (!is_known) return std::nullopt;
  }
  return of_seconds(is_negative && seconds > 0 ? -1 : seconds);
}

std::optional<KeepAlive> read_keep_alive(const RequestFields& fields) {
  const json::value* value = fields.find("keep_alive");
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return of_seconds(value->to_number<double>());
  const std::string param = fields.param("keep_alive");
  if (!value->is_string()) {
    throw bad_field(param, fmt::format("{} must be a number of seconds or a duration like \"5m\", and is {}", param,
                                       json_type_name(*value)));
  }
  const std::string_view text = value->get_string();
  const auto keep_alive = parse_keep_alive(text);
  if (!keep_alive) {
    throw bad_field(param, fmt::format("{} is {}; it must be a number of seconds or a duration like \"5m\"", param,
                                       quote(std::string(text.substr(0, 40)))));
  }
  return keep_alive;
}

}  // namespace hearth
