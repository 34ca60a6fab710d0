#include "grammar/schema/closed_objects.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "grammar/schema/schema_words.h"

namespace hearth {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 6> kMembers = {
    "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "$ref", "$dynamicRef"};
constexpr std::array<std::string_view, 3> kLists = {"allOf", "anyOf", "oneOf"};
constexpr std::array<std::string_view, 2> kConditional = {"then", "else"};
constexpr std::array<std::string_view, 2> kConditionalMaps = {"dependentSchemas", "dependencies"};
/// Schemas of other values than the one that the schema around them describes.
constexpr std::array<std::string_view, 4> kMaps = {"properties", "patternProperties", "$defs", "definitions"};
constexpr std::array<std::string_view, 5> kSingle = {"items", "additionalItems", "unevaluatedItems",
                                                     "additionalProperties", "unevaluatedProperties"};

bool speaks_of_members(const json::value& schema, std::string_view except = {});

/// Whether a keyword says anything of an object's members.
bool keyword_speaks(std::string_view word, const json::value& value) {
  const auto is_in = [word](Words words) { return std::find(words.begin(), words.end(), word) != words.end(); };
  if (is_in(kMembers)) return true;
  if (is_in(kLists) && value.is_array()) {
    return std::any_of(value.get_array().begin(), value.get_array().end(),
                       [](const json::value& each) { return speaks_of_members(each); });
  }
  if (is_in(kConditionalMaps) && value.is_object()) {
    return std::any_of(value.get_object().begin(), value.get_object().end(),
                       [](const auto& each) { return speaks_of_members(each.value()); });
  }
  return is_in(kConditional) && speaks_of_members(value);
}

/// Whether one of a schema's keywords does, apart from `except`.
bool speaks_of_members(const json::value& schema, std::string_view except) {
  if (!schema.is_object()) return false;
  const json::object& object = schema.get_object();
  return std::any_of(object.begin(), object.end(), [&](const auto& entry) {
    return std::string_view(entry.key()) != except && keyword_speaks(entry.key(), entry.value());
  });
}

/// "properties" are all the members that are spoken of.
bool lists_all_members(const json::object& schema) {
  const json::value* properties = schema.if_contains("properties");
  if (properties == nullptr || !properties->is_object()) return false;
  for (const auto& entry : schema) {
    const std::string_view word = entry.key();
    if (word == "properties" || word == "patternProperties") continue;
    if (keyword_speaks(word, entry.value())) return false;
  }
  const json::value* required = schema.if_contains("required");
  if (required == nullptr || !required->is_array()) return true;
  return std::all_of(required->get_array().begin(), required->get_array().end(), [&](const json::value& name) {
    return !name.is_string() || properties->get_object().contains(name.get_string());
  });
}

class Closer {
 public:
  explicit Closer(json::value& root) : root_(root) {}

  void run() {
    for (std::size_t before = 1; before != shared_.size() && can_tell_;) {  // what is shared may share more
      before = shared_.size();
      visit(root_, "#", false);
      if (before == shared_.size()) break;
    }
    if (!can_tell_) return;
    closes_ = true;
    visit(root_, "#", false);
  }

 private:
  /// `shares`: members of the same object are told elsewhere too.
  void visit(json::value& value, const std::string& place, bool shares) {
    if (!value.is_object()) return;
    json::object& schema = value.get_object();
    shares = shares || shared_.contains(place);
    const bool closes = closes_ && !shares && lists_all_members(schema);
    for (const std::string_view word : kMaps) visit_map(schema, word, place, false);
    for (const std::string_view word : kSingle) visit_word(schema, word, place, false);
    visit_list(schema, "items", place, false);  // draft 7
    visit_list(schema, "prefixItems", place, false);
    for (const std::string_view word : kLists) {
      json::value* list = schema.if_contains(word);
      if (list == nullptr || !list->is_array()) continue;
      const bool is_split = word == "allOf" && list->get_array().size() > 1;
      visit_list(schema, word, place, shares || is_split || speaks_of_members(value, word));
    }
    for (const std::string_view word : kConditional) visit_word(schema, word, place, true);
    for (const std::string_view word : kConditionalMaps) visit_map(schema, word, place, true);
    if (const json::value* ref = schema.if_contains("$ref"); ref != nullptr && ref->is_string()) {
      if (shares || speaks_of_members(value, "$ref")) share(ref->get_string());
    }
    if (closes) schema["additionalProperties"] = false;
  }

  void share(std::string_view ref) {
    if (!ref.starts_with('#') || (ref.size() > 1 && ref[1] != '/') || ref.find('%') != std::string_view::npos) {
      can_tell_ = false;
    } else {
      shared_.emplace(ref);
    }
  }

  void visit_word(json::object& schema, std::string_view word, const std::string& place, bool shares) {
    json::value* value = schema.if_contains(word);
    if (value != nullptr) visit(*value, place + "/" + std::string(word), shares);
  }
  void visit_list(json::object& schema, std::string_view word, const std::string& place, bool shares) {
    json::value* list = schema.if_contains(word);
    if (list == nullptr || !list->is_array()) return;
    for (std::size_t i = 0; i < list->get_array().size(); ++i)
      visit(list->get_array()[i], place + "/" + std::string(word) + "/" + std::to_string(i), shares);
  }
  void visit_map(json::object& schema, std::string_view word, const std::string& place, bool shares) {
    json::value* map = schema.if_contains(word);
    if (map == nullptr || !map->is_object()) return;
    for (auto& entry : map->get_object())
      visit(entry.value(), place + "/" + std::string(word) + "/" + pointer_token(entry.key()), shares);
  }

  json::value& root_;
  std::set<std::string, std::less<>> shared_;  // places of schemas that others add members to
  bool can_tell_ = true, closes_ = false;
};

}  // namespace

void close_objects(json::value& schema) { Closer(schema).run(); }

}  // namespace hearth
