// The formatting of one value in "%5.2f" and "{:>10}": what Python's % operator and str.format share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

struct FormatSpec {
  Text fill{std::string(" ")};
  char align = 0;   ///< '<' '>' '^' '='; 0: by type
  char sign = '-';  ///< '-', '+' or ' '
  bool alternate = false;
  char grouping = 0;  ///< ',' or '_'
  std::size_t width = 0;
  std::optional<int> precision;
  char type = 0;  ///< 0: by value
};

/// Reads "[[fill]align][sign][#][0][width][,][.precision][type]". Errors: where it is malformed.
FormatSpec parse_format_spec(Runtime& runtime, const Text& spec);

/// A number by `spec`; `type` is one of d b o x X e E f F g G %, or 0 for what str() writes. Errors: for a wrong type.
Text format_number(Runtime& runtime, const Value& number, const FormatSpec& spec);
/// Cuts to the precision and pads to the width, in characters.
Text format_string(Runtime& runtime, const Text& text, const FormatSpec& spec);

}  // namespace hearth::jinja
