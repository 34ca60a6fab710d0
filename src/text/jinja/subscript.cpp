#include "text/jinja/subscript.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/methods.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

/// str.upper, still bound to its string.
class BoundMethod final : public Object {
 public:
  BoundMethod(Value self, Method method) : self_(std::move(self)), method_(method) {}
  std::string_view type_name() const override { return "builtin_function_or_method"; }
  int depth() const override { return self_.depth() + 1; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override { return method_(runtime, self_, arguments); }

 private:
  Value self_;
  Method method_;
};

/// Names in messages are cut: they may be a whole prompt.
std::string shortened(std::string_view name) {
  constexpr std::size_t kShown = 60;
  if (name.size() <= kShown) return std::string(name);
  return std::string(name.substr(0, byte_of_character(name.substr(0, kShown), kShown - 8))) + "…";
}

Value unsafe(Runtime& runtime, const Value& value, std::string_view name) {
  return runtime.undefined(fmt::format("access to attribute '{}' of '{}' object is not allowed in a template",
                                       shortened(name), value.type_name()));
}

Value missing(Runtime& runtime, const Value& value, std::string_view name) {
  return runtime.undefined(fmt::format("'{} object' has no attribute '{}'", value.type_name(), shortened(name)));
}

bool is_dunder(std::string_view name) { return name.starts_with("__"); }

/// Nothing where there is no such item.
std::optional<Value> find_item(Runtime& runtime, const Value& value, const Value& key) {
  if (const DictObject* dict = value.dict()) {
    if (!is_hashable(key)) return std::nullopt;
    runtime.require_hashable(key);
    const Value* found = dict->find(key);
    if (found == nullptr) return std::nullopt;
    return *found;
  }
  const SequenceObject* sequence = value.sequence();
  const StringObject* string = value.string();
  if (sequence == nullptr && string == nullptr) return std::nullopt;
  if (sequence != nullptr && (sequence->type == SequenceType::kKeys || sequence->type == SequenceType::kValues ||
                              sequence->type == SequenceType::kItems)) {
    return std::nullopt;
  }
  if (key.get_if<std::int64_t>() == nullptr && !key.is_bool()) return std::nullopt;
  std::int64_t index = require_integer(runtime, key);
  const std::int64_t size = length(runtime, value);
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  const auto at = static_cast<std::size_t>(index);
  if (sequence != nullptr) return sequence->items[at];
  if (string->ascii) return runtime.string(string->text.slice(at, at + 1), string->markup);
  runtime.touch(string->text.size());
  const std::string_view view = string->text.view();
  const std::size_t begin = byte_of_character(view, at);
  return runtime.string(string->text.slice(begin, begin + byte_of_character(view.substr(begin), 1)), string->markup);
}

struct Span {
  std::int64_t start, stop, step, count;
};

/// Python's slice.indices().
Span resolve_slice(Runtime& runtime, std::int64_t size, const Value& start, const Value& stop, const Value& step) {
  Span span{0, size, 1, 0};
  if (!step.is_none()) span.step = require_integer(runtime, step);
  if (span.step == 0) runtime.fail("slice step cannot be zero");
  const bool down = span.step < 0;
  const auto bound = [&](const Value& value, std::int64_t otherwise) {
    if (value.is_none()) return otherwise;
    std::int64_t at = require_integer(runtime, value);
    if (at < 0) at = at < -size ? -1 - size : at;
    if (at < 0) at += size;
    return std::clamp<std::int64_t>(at, down ? -1 : 0, down ? size - 1 : size);
  };
  span.start = bound(start, down ? size - 1 : 0);
  span.stop = bound(stop, down ? -1 : size);
  const std::int64_t distance = down ? span.start - span.stop : span.stop - span.start;
  // -(step + 1) and not -step: the least int64 has no opposite.
  const std::uint64_t stride =
      down ? static_cast<std::uint64_t>(-(span.step + 1)) + 1 : static_cast<std::uint64_t>(span.step);
  if (distance > 0) span.count = static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride + 1);
  return span;
}

/// The n-th position; the last step past the end is never taken, for it may overflow.
std::int64_t position(const Span& span, std::int64_t n) { return span.start + n * span.step; }

Value slice_string(Runtime& runtime, const StringObject& string, const Span& span) {
  const std::string_view view = string.text.view();
  runtime.touch(view.size());
  Text out;
  if (span.step == 1) {
    const auto begin = static_cast<std::size_t>(span.start);
    const auto count = static_cast<std::size_t>(span.count);
    if (string.ascii) return runtime.string(string.text.slice(begin, begin + count), string.markup);
    const std::size_t first = byte_of_character(view, begin);
    const std::size_t last = first + byte_of_character(view.substr(first), count);
    return runtime.string(string.text.slice(first, last), string.markup);
  }
  std::vector<std::size_t> starts;
  [[maybe_unused]] const Charge room = runtime.charge(view.size() * sizeof(std::size_t));
  for (std::size_t i = 0; i < view.size(); i += byte_of_character(view.substr(i), 1)) starts.push_back(i);
  starts.push_back(view.size());
  runtime.step(static_cast<std::size_t>(span.count) / 16);
  for (std::int64_t n = 0; n < span.count; ++n) {
    const auto at = static_cast<std::size_t>(position(span, n));
    out.append_slice(string.text, starts[at], starts[at + 1]);
  }
  return runtime.string(std::move(out), string.markup);
}

}  // namespace

std::optional<Value> find_attribute(Runtime& runtime, const Value& value, std::string_view name) {
  if (Object* object = value.object()) return object->attribute(runtime, name);
  if (const Method method = find_method(value, name)) {
    return Value(Value::ObjectPtr(runtime.make<BoundMethod>(value, method)));
  }
  if (const SequenceObject* group = value.sequence(); group != nullptr && group->type == SequenceType::kGroup) {
    if (name == "grouper") return group->items[0];
    if (name == "list") return group->items[1];
  }
  if (is_dunder(name) || is_withheld_method(value, name)) return unsafe(runtime, value, name);
  return std::nullopt;
}

Value get_attribute(Runtime& runtime, const Value& value, std::string_view name) {
  if (const UndefinedObject* undefined = value.undefined()) runtime.fail(undefined->message);
  if (auto found = find_attribute(runtime, value, name)) return *std::move(found);
  if (const DictObject* dict = value.dict()) {
    if (const Value* found = dict->find(name)) return *found;
  }
  return missing(runtime, value, name);
}

Value get_item(Runtime& runtime, const Value& value, const Value& key) {
  if (const UndefinedObject* undefined = value.undefined()) runtime.fail(undefined->message);
  if (auto found = find_item(runtime, value, key)) return *std::move(found);
  if (const StringObject* name = key.string()) {
    if (auto found = find_attribute(runtime, value, name->text.view())) return *std::move(found);
    return missing(runtime, value, name->text.view());
  }
  Text shown = key.depth() == 0 ? repr(runtime, key) : Text(std::string(key.type_name()));
  return runtime.undefined(fmt::format("'{} object' has no element {}", value.type_name(), shortened(shown.view())));
}

Value get_slice(Runtime& runtime, const Value& value, const Value& start, const Value& stop, const Value& step) {
  if (const UndefinedObject* undefined = value.undefined()) runtime.fail(undefined->message);
  const StringObject* string = value.string();
  const SequenceObject* sequence = value.sequence();
  const bool sliceable = string != nullptr || value.list() != nullptr || value.tuple() != nullptr ||
                         (sequence != nullptr && sequence->type == SequenceType::kRange);
  if (!sliceable) runtime.fail(fmt::format("'{}' object cannot be sliced", value.type_name()));
  const Span span = resolve_slice(runtime, length(runtime, value), start, stop, step);
  if (string != nullptr) return slice_string(runtime, *string, span);
  std::vector<Value> out;
  runtime.step(static_cast<std::size_t>(span.count) / 16);
  for (std::int64_t n = 0; n < span.count; ++n)
    out.push_back(sequence->items[static_cast<std::size_t>(position(span, n))]);
  SequenceType type = sequence->type;
  if (type == SequenceType::kGroup) type = SequenceType::kTuple;
  if (type == SequenceType::kRange) {
    // What such a range prints; past 64 bits the numbers wrap around, while the items are right.
    const auto at = [&](std::int64_t n) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(sequence->range[0]) +
                                       static_cast<std::uint64_t>(n) * static_cast<std::uint64_t>(sequence->range[2]));
    };
    return runtime.range(std::move(out), {at(span.start), at(span.stop),
                                          static_cast<std::int64_t>(static_cast<std::uint64_t>(span.step) *
                                                                    static_cast<std::uint64_t>(sequence->range[2]))});
  }
  return runtime.list(std::move(out), type, sequence->untrusted);
}

Value call(Runtime& runtime, const Value& callee, Arguments arguments) {
  if (const UndefinedObject* undefined = callee.undefined()) runtime.fail(undefined->message);
  Object* object = callee.object();
  if (object == nullptr) runtime.fail(fmt::format("'{}' object is not callable", callee.type_name()));
  runtime.step();
  const Runtime::Nesting nesting(runtime);
  return object->call(runtime, std::move(arguments));
}

}  // namespace hearth::jinja
