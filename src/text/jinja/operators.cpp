#include "text/jinja/operators.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "text/jinja/format_percent.h"
#include "text/jinja/markup.h"
#include "text/jinja/numbers.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

constexpr std::size_t kTooMany = std::numeric_limits<std::size_t>::max();

const char* symbol(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd: return "+";
    case BinaryOperator::kSubtract: return "-";
    case BinaryOperator::kMultiply: return "*";
    case BinaryOperator::kDivide: return "/";
    case BinaryOperator::kFloorDivide: return "//";
    case BinaryOperator::kModulo: return "%";
    case BinaryOperator::kPower: return "**";
  }
  return "?";
}

[[noreturn]] void fail_operands(Runtime& runtime, BinaryOperator op, const Value& a, const Value& b) {
  if (a.is_undefined()) runtime.fail(a.undefined()->message);
  if (b.is_undefined()) runtime.fail(b.undefined()->message);
  runtime.fail(
      fmt::format("unsupported operand types for {}: '{}' and '{}'", symbol(op), a.type_name(), b.type_name()));
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::int64_t floor_modulo(std::int64_t a, std::int64_t b) {
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/// Nothing where it overflows.
std::optional<std::int64_t> integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return std::nullopt;
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return std::nullopt;
  }
  return result;
}

double float_modulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

double float_floor_divide(double a, double b) {
  const double rest = float_modulo(a, b);
  return std::round((a - rest) / b);
}

[[noreturn]] void fail_zero(Runtime& runtime) { runtime.fail("division by zero"); }

Value apply_floats(Runtime& runtime, BinaryOperator op, double a, double b) {
  const bool divides =
      op == BinaryOperator::kDivide || op == BinaryOperator::kFloorDivide || op == BinaryOperator::kModulo;
  if (divides && b == 0) fail_zero(runtime);
  switch (op) {
    case BinaryOperator::kAdd: return Value(a + b);
    case BinaryOperator::kSubtract: return Value(a - b);
    case BinaryOperator::kMultiply: return Value(a * b);
    case BinaryOperator::kDivide: return Value(a / b);
    case BinaryOperator::kFloorDivide: return Value(float_floor_divide(a, b));
    case BinaryOperator::kModulo: return Value(float_modulo(a, b));
    case BinaryOperator::kPower: break;
  }
  if (a == 0 && b < 0) fail_zero(runtime);
  const double power = std::pow(a, b);
  if (std::isnan(power) && !std::isnan(a) && !std::isnan(b))
    runtime.fail("a negative number to a fractional power is not real");
  if (std::isinf(power) && std::isfinite(a) && std::isfinite(b)) runtime.fail("the result of ** is too large");
  return Value(power);
}

Value apply_integers(Runtime& runtime, BinaryOperator op, std::int64_t a, std::int64_t b) {
  const bool divides =
      op == BinaryOperator::kDivide || op == BinaryOperator::kFloorDivide || op == BinaryOperator::kModulo;
  if (divides && b == 0) fail_zero(runtime);
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  std::int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case BinaryOperator::kAdd: overflow = __builtin_add_overflow(a, b, &result); break;
    case BinaryOperator::kSubtract: overflow = __builtin_sub_overflow(a, b, &result); break;
    case BinaryOperator::kMultiply: overflow = __builtin_mul_overflow(a, b, &result); break;
    case BinaryOperator::kDivide: return Value(static_cast<double>(a) / static_cast<double>(b));
    case BinaryOperator::kFloorDivide:
      overflow = a == kLeast && b == -1;
      if (!overflow) result = floor_divide(a, b);
      break;
    case BinaryOperator::kModulo:
      if (b != -1) result = floor_modulo(a, b);
      break;
    case BinaryOperator::kPower: {
      if (b < 0) return apply_floats(runtime, op, static_cast<double>(a), static_cast<double>(b));
      const auto power = integer_power(a, b);
      overflow = !power;
      result = power.value_or(0);
      break;
    }
  }
  if (overflow) runtime.fail(fmt::format("an integer is too large (beyond 64 bits) after {}", symbol(op)));
  return Value(result);
}

Value apply_numbers(Runtime& runtime, BinaryOperator op, const Value& a, const Value& b) {
  if (a.is_float() || b.is_float()) return apply_floats(runtime, op, as_double(a), as_double(b));
  return apply_integers(runtime, op, require_integer(runtime, a), require_integer(runtime, b));
}

Value repeat_text(Runtime& runtime, const StringObject& text, std::int64_t times) {
  Text out;
  if (times > 0 && !text.text.empty()) {
    std::size_t total = 0;
    if (__builtin_mul_overflow(text.text.size(), static_cast<std::size_t>(times), &total)) total = kTooMany;
    runtime.require_size(total);
    std::size_t ranges = 0;
    if (__builtin_mul_overflow(text.text.untrusted().size(), static_cast<std::size_t>(times), &ranges))
      ranges = kTooMany;
    runtime.step(ranges);
    Text block = text.text;  // 1, 2, 4, 8 … times the text
    for (auto left = static_cast<std::size_t>(times); left > 0; left >>= 1) {
      if ((left & 1) != 0) out.append(block);
      if (left > 1) block.append(Text(block));
    }
  }
  return runtime.string(std::move(out), text.markup);
}

Value repeat_items(Runtime& runtime, const SequenceObject& sequence, std::int64_t times) {
  std::vector<Value> out;
  if (times > 0 && !sequence.items.empty()) {
    std::size_t total = 0;
    if (__builtin_mul_overflow(sequence.items.size(), static_cast<std::size_t>(times), &total)) total = kTooMany;
    runtime.step(total);
    [[maybe_unused]] const Charge room = runtime.charge(total * sizeof(Value));
    out.reserve(total);
    for (std::int64_t i = 0; i < times; ++i) out.insert(out.end(), sequence.items.begin(), sequence.items.end());
  }
  return runtime.list(std::move(out), sequence.type, sequence.untrusted);
}

bool is_repeatable(const Value& value) {
  return value.string() != nullptr || value.list() != nullptr || value.tuple() != nullptr;
}

Value multiply_sequence(Runtime& runtime, const Value& sequence, const Value& times) {
  const std::int64_t count = require_integer(runtime, times);
  if (const StringObject* text = sequence.string()) return repeat_text(runtime, *text, count);
  return repeat_items(runtime, *sequence.sequence(), count);
}

Value add_sequences(Runtime& runtime, const SequenceObject& a, const SequenceObject& b) {
  runtime.step((a.items.size() + b.items.size()) / 16);
  std::vector<Value> out;
  out.reserve(a.items.size() + b.items.size());
  out.insert(out.end(), a.items.begin(), a.items.end());
  out.insert(out.end(), b.items.begin(), b.items.end());
  const SequenceType type = a.type == SequenceType::kGroup ? SequenceType::kTuple : a.type;
  return runtime.list(std::move(out), type, a.untrusted && b.untrusted);
}

}  // namespace

Value apply(Runtime& runtime, BinaryOperator op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    return apply_numbers(runtime, op, a, b).set_untrusted_scalar(a.untrusted_scalar() || b.untrusted_scalar());
  }
  if (op == BinaryOperator::kAdd) {
    if (a.string() != nullptr && b.string() != nullptr) return add_strings(runtime, *a.string(), *b.string());
    if (a.list() != nullptr && b.list() != nullptr) return add_sequences(runtime, *a.list(), *b.list());
    if (a.tuple() != nullptr && b.tuple() != nullptr) return add_sequences(runtime, *a.tuple(), *b.tuple());
  }
  if (op == BinaryOperator::kMultiply) {
    if (is_repeatable(a) && (b.is_integer() || b.is_bool())) return multiply_sequence(runtime, a, b);
    if (is_repeatable(b) && (a.is_integer() || a.is_bool())) return multiply_sequence(runtime, b, a);
  }
  if (op == BinaryOperator::kModulo && a.string() != nullptr) return format_percent(runtime, *a.string(), b);
  fail_operands(runtime, op, a, b);
}

Value negate(Runtime& runtime, const Value& value) {
  if (const double* number = value.get_if<double>())
    return Value(-*number).set_untrusted_scalar(value.untrusted_scalar());
  if (!value.is_number()) {
    if (value.is_undefined()) runtime.fail(value.undefined()->message);
    runtime.fail(fmt::format("bad operand type for unary -: '{}'", value.type_name()));
  }
  return apply_integers(runtime, BinaryOperator::kSubtract, 0, require_integer(runtime, value))
      .set_untrusted_scalar(value.untrusted_scalar());
}

Value positive(Runtime& runtime, const Value& value) {
  if (value.is_float() || value.is_integer()) return value;
  if (value.is_bool()) return Value(require_integer(runtime, value));
  if (value.is_undefined()) runtime.fail(value.undefined()->message);
  runtime.fail(fmt::format("bad operand type for unary +: '{}'", value.type_name()));
}

}  // namespace hearth::jinja
