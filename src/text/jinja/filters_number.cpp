// Filters that give numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "text/jinja/attribute_path.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

bool came_with_inputs(const Value& value) {
  return value.untrusted_scalar() || (value.string() != nullptr && value.string()->text.any_untrusted());
}

/// float(value), where that is possible.
std::optional<double> to_float(const Value& value) {
  if (value.is_number()) return as_double(value);
  if (const StringObject* text = value.string()) return parse_float(text->text.view());
  return std::nullopt;
}

Value to_int(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "int", arguments, {"default", "base"});
  Value otherwise = bound.get(0) == nullptr ? Value(std::int64_t{0}) : *bound.get(0);
  if (value.is_undefined()) runtime.fail(value.undefined()->message);  // Undefined has an __int__ that raises
  if (value.is_integer()) return value;
  if (value.is_bool()) return Value(require_integer(runtime, value));
  if (value.is_float() && !std::isnan(as_double(value))) return Value(truncate_to_integer(runtime, as_double(value)));
  const StringObject* text = value.string();
  if (text == nullptr) return otherwise;
  const std::int64_t base = bound.integer(1, 10);
  if (base != 0 && (base < 2 || base > 36)) return otherwise;
  runtime.touch(text->text.size());
  if (const auto number = parse_integer(text->text.view(), static_cast<int>(base))) {
    return Value(*number).set_untrusted_scalar(came_with_inputs(value));
  }
  const auto real = parse_float(text->text.view());
  if (!real || !std::isfinite(*real)) return otherwise;
  return Value(truncate_to_integer(runtime, *real)).set_untrusted_scalar(came_with_inputs(value));
}

Value to_float_value(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "float", arguments, {"default"});
  if (value.is_undefined()) runtime.fail(value.undefined()->message);  // Undefined has a __float__ that raises
  if (const auto number = to_float(value)) return Value(*number).set_untrusted_scalar(came_with_inputs(value));
  return bound.get(0) == nullptr ? Value(0.0) : *bound.get(0);
}

Value absolute(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "abs", arguments, {});
  if (value.is_float()) return Value(std::fabs(as_double(value)));
  if (value.get_if<std::uint64_t>() != nullptr) return value;
  const std::int64_t number = require_integer(runtime, value);
  return number < 0 ? negate(runtime, value) : Value(number).set_untrusted_scalar(value.untrusted_scalar());
}

Value round_number(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "round", arguments, {"precision", "method"});
  const std::int64_t precision = std::clamp<std::int64_t>(bound.integer(0, 0), -400, 400);
  const StringObject* given = bound.string(1);
  const std::string_view method = given == nullptr ? "common" : given->text.view();
  if (method != "common" && method != "ceil" && method != "floor")
    runtime.fail("round's method must be common, ceil or floor");
  if (!value.is_number()) {
    if (value.is_undefined()) runtime.fail(value.undefined()->message);
    runtime.fail(fmt::format("'{}' cannot be rounded", value.type_name()));
  }
  const double number = as_double(value);
  const int digits = static_cast<int>(precision);
  if (method == "common") {
    if (value.is_float()) return Value(round_half_even(number, digits));
    if (digits >= 0) return value.is_bool() ? Value(require_integer(runtime, value)) : value;
    return Value(truncate_to_integer(runtime, round_half_even(number, digits)));
  }
  const double scale = std::pow(10.0, digits);
  const double scaled = method == "ceil" ? std::ceil(number * scale) : std::floor(number * scale);
  return Value(static_cast<double>(truncate_to_integer(runtime, scaled)) / scale);
}

Value sum(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "sum", arguments, {"attribute", "start"});
  const AttributePath path(runtime, bound.get(0));
  Value total = bound.get(1) == nullptr ? Value(std::int64_t{0}) : *bound.get(1);
  if (total.string() != nullptr) runtime.fail("sum can't add strings; use join");
  Iteration items(runtime, value);
  while (auto item = items.next()) total = apply(runtime, BinaryOperator::kAdd, total, path(runtime, *std::move(item)));
  return total;
}

Value filesizeformat(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "filesizeformat", arguments, {"binary"});
  const auto bytes = to_float(value);
  if (!bytes) runtime.fail("filesizeformat needs a number");
  const bool binary = bound.truth(0, false);
  const double base = binary ? 1024 : 1000;
  if (*bytes == 1) return runtime.string("1 Byte");
  if (*bytes < base) return runtime.string(fmt::format("{} Bytes", truncate_to_integer(runtime, *bytes)));
  constexpr std::string_view kPrefixes = "kMGTPEZY";
  double unit = base * base;
  std::size_t i = 0;
  while (*bytes >= unit && i + 1 < kPrefixes.size()) {
    unit *= base;
    ++i;
  }
  const char prefix = binary && i == 0 ? 'K' : kPrefixes[i];
  return runtime.string(fmt::format("{} {}{}B", format_float(base * *bytes / unit, 'f', 1), prefix, binary ? "i" : ""));
}

constexpr FilterEntry kFilters[] = {
    {"int", to_int}, {"float", to_float_value},          {"abs", absolute}, {"round", round_number},
    {"sum", sum},    {"filesizeformat", filesizeformat},
};

}  // namespace

Filter find_number_filter(std::string_view name) { return find_filter_in(kFilters, name); }

}  // namespace hearth::jinja
