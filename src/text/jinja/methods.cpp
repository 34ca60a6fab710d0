#include "text/jinja/methods.h"

#include <algorithm>
#include <array>
#include <utility>

#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

Value view_of(Runtime& runtime, const Value& self, SequenceType type) {
  const DictObject& dict = *self.dict();
  std::vector<Value> items;
  items.reserve(dict.entries().size());
  for (const auto& [key, value] : dict.entries()) {
    if (type == SequenceType::kItems)
      items.push_back(runtime.tuple({key, value}));
    else
      items.push_back(type == SequenceType::kKeys ? key : value);
  }
  return runtime.list(std::move(items), type, dict.untrusted);
}

Value dict_items(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "items", arguments, {});
  return view_of(runtime, self, SequenceType::kItems);
}

Value dict_keys(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "keys", arguments, {});
  return view_of(runtime, self, SequenceType::kKeys);
}

Value dict_values(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "values", arguments, {});
  return view_of(runtime, self, SequenceType::kValues);
}

Value dict_get(Runtime& runtime, const Value& self, const Arguments& arguments) {
  if (!arguments.named.empty()) runtime.fail("get() takes no keyword arguments");
  const BoundArguments bound(runtime, "get", arguments, {"key", "default"});
  runtime.require_hashable(bound.require(0));
  if (const Value* found = self.dict()->find(bound.require(0))) return *found;
  return bound.get(1) == nullptr ? Value() : *bound.get(1);
}

Value copy(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments none(runtime, "copy", arguments, {});
  return self;  // immutable here, so the same will do
}

Value list_count(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "count", arguments, {"value"});
  std::int64_t count = 0;
  for (const Value& item : self.sequence()->items) count += equals(runtime, item, bound.require(0)) ? 1 : 0;
  return Value(count);
}

Value list_index(Runtime& runtime, const Value& self, const Arguments& arguments) {
  const BoundArguments bound(runtime, "index", arguments, {"value", "start", "stop"});
  const auto& items = self.sequence()->items;
  const auto size = static_cast<std::int64_t>(items.size());
  const auto clamp = [size](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? std::max(at, -size) + size : at, 0, size);
  };
  const std::int64_t stop = clamp(bound.integer(2, size));
  for (std::int64_t i = clamp(bound.integer(1, 0)); i < stop; ++i) {
    if (equals(runtime, items[static_cast<std::size_t>(i)], bound.require(0))) return Value(i);
  }
  runtime.fail("the value is not in the list");
}

using Entry = std::pair<std::string_view, Method>;

constexpr Entry kDictMethods[] = {
    {"items", dict_items}, {"keys", dict_keys}, {"values", dict_values}, {"get", dict_get}, {"copy", copy},
};
constexpr Entry kListMethods[] = {{"count", list_count}, {"index", list_index}, {"copy", copy}};
constexpr Entry kTupleMethods[] = {{"count", list_count}, {"index", list_index}};

template <std::size_t N>
Method find_in(const Entry (&table)[N], std::string_view name) {
  for (const auto& [known, method] : table) {
    if (known == name) return method;
  }
  return nullptr;
}

template <std::size_t N>
bool is_in(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Methods that change the value, which the sandbox forbids, and those that no template has a use for.
constexpr std::string_view kWithheldOfDict[] = {"clear", "pop", "popitem", "setdefault", "update", "fromkeys"};
constexpr std::string_view kWithheldOfList[] = {"append", "clear",  "extend",  "insert",
                                                "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kWithheldOfString[] = {"encode", "translate", "maketrans", "format_map"};

}  // namespace

Method find_method(const Value& self, std::string_view name) {
  if (self.string() != nullptr) return find_string_method(name);
  if (self.dict() != nullptr) return find_in(kDictMethods, name);
  const SequenceObject* sequence = self.sequence();
  if (sequence == nullptr) return nullptr;
  if (sequence->type == SequenceType::kList) return find_in(kListMethods, name);
  return self.tuple() != nullptr || sequence->type == SequenceType::kRange ? find_in(kTupleMethods, name) : nullptr;
}

bool is_withheld_method(const Value& self, std::string_view name) {
  if (self.string() != nullptr) return is_in(kWithheldOfString, name);
  if (self.dict() != nullptr) return is_in(kWithheldOfDict, name);
  return self.list() != nullptr && is_in(kWithheldOfList, name);
}

Method find_string_method(std::string_view name) {
  if (name == "format") return format_braces;
  if (const Method method = find_string_transform(name)) return method;
  return find_string_query(name);
}

}  // namespace hearth::jinja
