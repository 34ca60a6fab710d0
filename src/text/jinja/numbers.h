// Python's numbers: reading, writing, rounding and comparing them. Integers are int64 here: what overflows is an Error.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

/// repr(float): the shortest digits that read back, "1e-05", "1.0", "inf".
std::string format_float(double number);
/// `precision` digits after the point ('f'), after the first digit ('e') or in all ('g'); as C's printf, whatever the
/// locale.
std::string format_float(double number, char type, int precision);

/// Compares exactly, also an int with a float. REQUIRES: both are numbers or bools.
std::partial_ordering compare_numbers(const Value& a, const Value& b);
double as_double(const Value& number);

/// int(text, base): sign, underscores and white space as Python takes them; base 0 reads the prefix. Nothing where it
/// is not one.
std::optional<std::int64_t> parse_integer(std::string_view text, int base);
/// float(text), with "inf" and "nan".
std::optional<double> parse_float(std::string_view text);
/// round(number, digits): to even on the exact value, as Python does.
double round_half_even(double number, int digits);

/// An index, a count: an int or a bool. Errors: kInvalidArgument for anything else.
std::int64_t require_integer(Runtime& runtime, const Value& value);
/// Errors: where it is too large for an integer, infinite or not a number.
std::int64_t truncate_to_integer(Runtime& runtime, double number);

}  // namespace hearth::jinja
