// Where a JSON Schema holds other schemas, and how such a place is written.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace hearth {

/// Keywords whose value is a schema, an array of schemas, or an object of schemas. Draft 7 has arrays as "items".
inline constexpr std::array<std::string_view, 11> kOneSchema = {
    "additionalItems",       "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedProperties", "unevaluatedItems"};
inline constexpr std::array<std::string_view, 5> kSchemaArray = {"allOf", "anyOf", "oneOf", "prefixItems", "items"};
inline constexpr std::array<std::string_view, 6> kSchemaObject = {
    "$defs", "definitions", "dependencies", "dependentSchemas", "properties", "patternProperties"};

/// A key as a JSON pointer has it (RFC 6901).
inline std::string pointer_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace hearth
