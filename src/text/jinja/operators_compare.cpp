#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/iteration.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/search.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

bool comparable_sequences(const SequenceObject* a, const SequenceObject* b) {
  if (a == nullptr || b == nullptr) return false;
  const auto kind = [](SequenceType type) { return type == SequenceType::kGroup ? SequenceType::kTuple : type; };
  return kind(a->type) == kind(b->type);
}

bool equal_dicts(Runtime& runtime, const DictObject& a, const DictObject& b) {
  if (a.entries().size() != b.entries().size()) return false;
  for (const auto& [key, value] : a.entries()) {
    const Value* other = b.find(key);
    if (other == nullptr || !equals(runtime, value, *other)) return false;
  }
  return true;
}

[[noreturn]] void fail_order(Runtime& runtime, const Value& a, const Value& b) {
  if (a.is_undefined()) runtime.fail(a.undefined()->message);
  if (b.is_undefined()) runtime.fail(b.undefined()->message);
  runtime.fail(fmt::format("'{}' and '{}' have no order", a.type_name(), b.type_name()));
}

}  // namespace

bool is_true(const Value& value) {
  if (const bool* flag = value.get_if<bool>()) return *flag;
  if (value.is_none() || value.is_undefined()) return false;
  if (value.is_number()) return as_double(value) != 0;
  if (const StringObject* text = value.string()) return !text->text.empty();
  if (const SequenceObject* items = value.sequence()) return !items->items.empty();
  if (const DictObject* dict = value.dict()) return !dict->entries().empty();
  return true;
}

bool equals(Runtime& runtime, const Value& a, const Value& b) {
  runtime.step();
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (const StringObject* x = a.string()) {
    const StringObject* y = b.string();
    if (y == nullptr || x->text.size() != y->text.size()) return false;
    runtime.touch(x->text.size());
    return x->text.view() == y->text.view();
  }
  const SequenceObject* s = a.sequence();
  const SequenceObject* t = b.sequence();
  if (comparable_sequences(s, t)) {
    if (s == t) return true;  // as Python's lists do, whose items are compared by identity first
    return std::equal(s->items.begin(), s->items.end(), t->items.begin(), t->items.end(),
                      [&runtime](const Value& x, const Value& y) { return equals(runtime, x, y); });
  }
  if (a.dict() != nullptr && b.dict() != nullptr)
    return a.dict() == b.dict() || equal_dicts(runtime, *a.dict(), *b.dict());
  if (a.is_undefined() || a.is_none()) return a.is_undefined() == b.is_undefined() && a.is_none() == b.is_none();
  return a.object() != nullptr && a.object() == b.object();
}

std::partial_ordering order(Runtime& runtime, const Value& a, const Value& b) {
  runtime.step();
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  const StringObject* x = a.string();
  const StringObject* y = b.string();
  if (x != nullptr && y != nullptr) {
    runtime.touch(std::min(x->text.size(), y->text.size()));
    return x->text.view() <=> y->text.view();  // UTF-8 sorts as its characters do
  }
  const SequenceObject* s = a.sequence();
  const SequenceObject* t = b.sequence();
  if (!comparable_sequences(s, t) || (s->type != SequenceType::kList && a.tuple() == nullptr))
    fail_order(runtime, a, b);
  for (std::size_t i = 0; i < std::min(s->items.size(), t->items.size()); ++i) {
    if (!equals(runtime, s->items[i], t->items[i])) return order(runtime, s->items[i], t->items[i]);
  }
  return s->items.size() <=> t->items.size();
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
  if (const StringObject* text = container.string()) {
    const StringObject* part = item.string();
    if (part == nullptr)
      runtime.fail(fmt::format("'in <string>' requires a string as left operand, not {}", item.type_name()));
    runtime.touch(text->text.size());
    return Needle(runtime, part->text.view()).find(text->text.view()) != Needle::npos;
  }
  if (const DictObject* dict = container.dict()) {
    runtime.require_hashable(item);
    return dict->find(item) != nullptr;
  }
  Iteration items(runtime, container, "container");
  while (const auto candidate = items.next()) {
    if (equals(runtime, *candidate, item)) return true;
  }
  return false;
}

bool compare(Runtime& runtime, Comparison comparison, const Value& a, const Value& b) {
  switch (comparison) {
    case Comparison::kEqual: return equals(runtime, a, b);
    case Comparison::kNotEqual: return !equals(runtime, a, b);
    case Comparison::kLess: return order(runtime, a, b) < 0;
    case Comparison::kLessEqual: return order(runtime, a, b) <= 0;
    case Comparison::kGreater: return order(runtime, a, b) > 0;
    case Comparison::kGreaterEqual: return order(runtime, a, b) >= 0;
    case Comparison::kIn: return contains(runtime, b, a);
    case Comparison::kNotIn: return !contains(runtime, b, a);
  }
  return false;
}

bool is_same(const Value& a, const Value& b) {
  if (a.type_name() != b.type_name()) return false;
  if (a.is_number()) return compare_numbers(a, b) == 0;
  if (a.string() != nullptr) return a.string()->text.view() == b.string()->text.view();
  if (a.sequence() != nullptr) return a.sequence() == b.sequence();
  if (a.dict() != nullptr) return a.dict() == b.dict();
  if (a.undefined() != nullptr) return a.undefined() == b.undefined();
  return a.object() == b.object();
}

const StringObject& require_string(Runtime& runtime, const Value& value) {
  if (const StringObject* text = value.string()) return *text;
  if (const UndefinedObject* missing = value.undefined()) runtime.fail(missing->message);
  runtime.fail(fmt::format("expected a string, found '{}'", value.type_name()));
}

std::int64_t length(Runtime& runtime, const Value& value) {
  if (value.is_undefined()) return 0;
  if (const StringObject* text = value.string()) {
    if (text->ascii) return static_cast<std::int64_t>(text->text.size());
    runtime.touch(text->text.size());
    return static_cast<std::int64_t>(count_characters(text->text.view()));
  }
  if (const SequenceObject* items = value.sequence()) return static_cast<std::int64_t>(items->items.size());
  if (const DictObject* dict = value.dict()) return static_cast<std::int64_t>(dict->entries().size());
  if (Object* object = value.object()) {
    if (const auto found = object->attribute(runtime, "length"); found && object->type_name() == "LoopContext") {
      return require_integer(runtime, *found);
    }
  }
  runtime.fail(fmt::format("object of type '{}' has no len()", value.type_name()));
}

}  // namespace hearth::jinja
