// Python's operators on template values. An undefined operand is an Error that says which name was missing.
#pragma once

#include <compare>
#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

enum class BinaryOperator { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };
enum class Comparison { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kNotIn };

/// bool(value).
bool is_true(const Value& value);
/// a == b. Counts steps, for values may share parts without end.
bool equals(Runtime& runtime, const Value& a, const Value& b);
/// a <=> b. Errors: for types that have no order.
std::partial_ordering order(Runtime& runtime, const Value& a, const Value& b);
/// item in container. Errors: for what cannot contain.
bool contains(Runtime& runtime, const Value& container, const Value& item);
bool compare(Runtime& runtime, Comparison comparison, const Value& a, const Value& b);
/// Python's `is`, where values that look the same are taken for the same: None, bools, ints, strings; containers by
/// identity.
bool is_same(const Value& a, const Value& b);

Value apply(Runtime& runtime, BinaryOperator op, const Value& a, const Value& b);
Value negate(Runtime& runtime, const Value& value);
/// Unary plus.
Value positive(Runtime& runtime, const Value& value);

/// Errors: where it is no str.
const StringObject& require_string(Runtime& runtime, const Value& value);
/// len(value). Errors: for what has no length.
std::int64_t length(Runtime& runtime, const Value& value);

}  // namespace hearth::jinja
