#include "server/api/tools/null_keywords.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {
namespace {

constexpr std::array<std::string_view, 2> kValues = {"const", "default"};
constexpr std::array<std::string_view, 6> kMaps = {"properties",  "patternProperties", "$defs",
                                                   "definitions", "dependentSchemas",  "dependencies"};
/// A schema or, for "items" of draft 7, a list of them.
constexpr std::array<std::string_view, 16> kSchemas = {"items",
                                                       "prefixItems",
                                                       "additionalItems",
                                                       "unevaluatedItems",
                                                       "contains",
                                                       "additionalProperties",
                                                       "unevaluatedProperties",
                                                       "propertyNames",
                                                       "allOf",
                                                       "anyOf",
                                                       "oneOf",
                                                       "not",
                                                       "if",
                                                       "then",
                                                       "else",
                                                       "contentSchema"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void drop_in(json::value& schema) {
  if (schema.is_object()) {
    drop_null_keywords(schema.get_object());
  } else if (schema.is_array()) {
    for (json::value& item : schema.get_array()) drop_in(item);
  }
}

}  // namespace

void drop_null_keywords(json::object& schema) {
  std::vector<std::string> nulls;
  for (auto& entry : schema) {
    const std::string_view keyword = entry.key();
    json::value& value = entry.value();
    if (contains(kValues, keyword)) continue;
    if (value.is_null()) {
      nulls.emplace_back(keyword);
    } else if (contains(kMaps, keyword) && value.is_object()) {
      for (auto& named : value.get_object()) drop_in(named.value());
    } else if (contains(kSchemas, keyword)) {
      drop_in(value);
    }
  }
  for (const std::string& keyword : nulls) schema.erase(keyword);
}

}  // namespace hearth
