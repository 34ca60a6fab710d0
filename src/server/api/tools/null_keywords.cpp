#include "server/api/tools/null_keywords.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/schema/schema_words.h"

namespace hearth {
namespace {

constexpr std::array<std::string_view, 2> kValues = {"const", "default"};
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
    } else if (contains(kSchemaObject, keyword) && value.is_object()) {
      for (auto& named : value.get_object()) drop_in(named.value());
    } else if (contains(kOneSchema, keyword) || contains(kSchemaArray, keyword)) {
      drop_in(value);
    }
  }
  for (const std::string& keyword : nulls) schema.erase(keyword);
}

}  // namespace hearth
