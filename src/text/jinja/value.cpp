#include "text/jinja/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "text/jinja/arguments.h"
#include "text/jinja/numbers.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

/// Below this a scan is faster than a table.
constexpr std::size_t kIndexFrom = 12;

std::size_t hash_string(std::string_view text) { return std::hash<std::string_view>{}(text); }

/// Equal numbers of different types hash alike, as in Python: True, 1 and 1.0 are one key.
std::size_t hash_number(double number) { return std::hash<double>{}(number == 0 ? 0.0 : number); }

std::size_t hash_value(const Value& value) {
  if (const StringObject* string = value.string()) return hash_string(string->text.view());
  if (const bool* flag = value.get_if<bool>()) return hash_number(*flag ? 1 : 0);
  if (const auto* number = value.get_if<std::int64_t>()) return hash_number(static_cast<double>(*number));
  if (const auto* number = value.get_if<std::uint64_t>()) return hash_number(static_cast<double>(*number));
  if (const double* number = value.get_if<double>()) return hash_number(*number);
  if (const SequenceObject* tuple = value.sequence()) {
    std::size_t hash = 0x345678;
    for (const Value& item : tuple->items) hash = hash * 1000003 ^ hash_value(item);
    return hash;
  }
  return std::hash<const void*>{}(value.object());
}

bool same_key(const Value& a, const Value& b) {
  const StringObject* x = a.string();
  const StringObject* y = b.string();
  if (x != nullptr || y != nullptr) return x != nullptr && y != nullptr && x->text.view() == y->text.view();
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  const SequenceObject* s = a.sequence();
  const SequenceObject* t = b.sequence();
  if (s != nullptr && t != nullptr) {
    return std::equal(s->items.begin(), s->items.end(), t->items.begin(), t->items.end(), same_key);
  }
  if (a.is_undefined() || b.is_undefined()) return a.is_undefined() && b.is_undefined();
  if (a.is_none() || b.is_none()) return a.is_none() && b.is_none();
  return a.object() != nullptr && a.object() == b.object();
}

}  // namespace

const SequenceObject* Value::tuple() const {
  const SequenceObject* plain = of_type(SequenceType::kTuple);
  return plain != nullptr ? plain : of_type(SequenceType::kGroup);
}

std::string_view Value::type_name() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_integer()) return "int";
  if (is_float()) return "float";
  if (const StringObject* text = string()) return text->markup ? "Markup" : "str";
  if (dict() != nullptr) return "dict";
  if (const Object* other = object()) return other->type_name();
  switch (sequence()->type) {
    case SequenceType::kList: return "list";
    case SequenceType::kTuple:
    case SequenceType::kGroup: return "tuple";
    case SequenceType::kKeys: return "dict_keys";
    case SequenceType::kValues: return "dict_values";
    case SequenceType::kItems: return "dict_items";
    case SequenceType::kRange: return "range";
  }
  return "object";
}

int Value::depth() const {
  if (const SequenceObject* items = sequence()) return items->depth;
  if (const DictObject* entries = dict()) return entries->depth;
  if (const Object* other = object()) return other->depth();
  return 0;
}

std::size_t Value::weight() const {
  const SequenceObject* items = sequence();
  return items == nullptr ? 1 : items->weight;
}

bool is_hashable(const Value& value) {
  if (value.dict() != nullptr) return false;
  const SequenceObject* items = value.sequence();
  return items == nullptr || items->hashable;
}

template <typename Matches>
std::size_t DictObject::locate(std::size_t hash, const Matches& matches) const {
  if (index_.empty()) {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return matches(entry.first); });
    return found == entries_.end() ? kMissing : static_cast<std::size_t>(found - entries_.begin());
  }
  const auto [begin, end] = index_.equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    if (matches(entries_[at->second].first)) return at->second;
  }
  return kMissing;
}

const Value* DictObject::find(const Value& key) const {
  const std::size_t at =
      locate(index_.empty() ? 0 : hash_value(key), [&](const Value& other) { return same_key(key, other); });
  return at == kMissing ? nullptr : &entries_[at].second;
}

const Value* DictObject::find(std::string_view key) const {
  const std::size_t at = locate(index_.empty() ? 0 : hash_string(key), [&](const Value& other) {
    const StringObject* string = other.string();
    return string != nullptr && string->text.view() == key;
  });
  return at == kMissing ? nullptr : &entries_[at].second;
}

void DictObject::set(Value key, Value value) {
  depth = std::max(depth, 1 + std::max(key.depth(), value.depth()));
  const std::size_t hash = hash_value(key);
  const std::size_t old = locate(hash, [&](const Value& other) { return same_key(key, other); });
  if (old != kMissing) {
    entries_[old].second = std::move(value);
    return;
  }
  entries_.emplace_back(std::move(key), std::move(value));
  if (entries_.size() == kIndexFrom) {
    for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(hash_value(entries_[i].first), i);
  } else if (entries_.size() > kIndexFrom) {
    index_.emplace(hash, entries_.size() - 1);
  }
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): objects that override it take the arguments over
Value Object::call(Runtime& runtime, Arguments /*arguments*/) {
  runtime.fail(fmt::format("'{}' object is not callable", type_name()));
}

std::optional<Value> Object::attribute(Runtime& /*runtime*/, std::string_view /*name*/) { return std::nullopt; }

std::optional<Value> Object::next(Runtime& runtime) {
  runtime.fail(fmt::format("'{}' object is not iterable", type_name()));
}

std::string Object::repr(Runtime& /*runtime*/) { return fmt::format("<{} object>", type_name()); }

}  // namespace hearth::jinja
