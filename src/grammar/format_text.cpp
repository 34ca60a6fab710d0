// Identifiers, pointers (RFC 6901) and regular expressions.
#include <string>

#include "grammar/format_makers.h"

namespace hearth::formats {

namespace {

const std::string kPointer = "(?:/(?:[^~/]|~[01])*)*";

}  // namespace

/// RFC 9562's text form; any version and variant.
DfaPointer uuid() { return from_pattern("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"); }

DfaPointer json_pointer() { return from_pattern(kPointer); }

DfaPointer relative_json_pointer() { return from_pattern("(?:0|[1-9]\\d*)(?:#|" + kPointer + ")"); }

/// Expressions that ECMA-262 takes with and without the flag u: characters, common escapes, simple classes, groups up
/// to three deep, quantifiers.
DfaPointer regex() {
  const std::string escape =
      "\\\\(?:[dDwWsStnrfv]|[\\^$\\\\.*+?()\\[\\]{}|/]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|c[A-Za-z])";
  const std::string character = "[^\\^$\\\\.*+?()\\[\\]{}|\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]";
  const std::string range = "(?:a-z|A-Z|0-9|a-f|A-F)";
  const std::string in_class =
      "(?:[^\\\\\\]\\[&\\-^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]|" + range + "|" + escape + ")";
  const std::string atom = "(?:" + character + "|\\.|" + escape + "|\\[\\^?" + in_class + "*\\])";
  const std::string counts = "\\{(?:\\d{1,3},?|0,\\d{1,3}|1,[1-9]\\d{0,2})\\}";
  const std::string quantifier = "(?:(?:[*+?]|" + counts + ")[?]?)?";
  std::string expression = "(?:" + atom + quantifier + "|[\\^$|])*";
  const std::string opening = "(?:(?:" + atom + "|\\((?:\\?:)?";
  const std::string closing = "\\))" + quantifier + "|[\\^$|])*";
  for (int depth = 0; depth < 3; ++depth) {
    expression.insert(0, opening);
    expression += closing;
  }
  return from_pattern(expression);
}

}  // namespace hearth::formats
