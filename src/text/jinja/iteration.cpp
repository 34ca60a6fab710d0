#include "text/jinja/iteration.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {

bool is_iterable(const Value& value) {
  if (const Object* object = value.object()) return object->iterable();
  return value.is_undefined() || value.string() != nullptr || value.sequence() != nullptr || value.dict() != nullptr;
}

Iteration::Iteration(Runtime& runtime, Value source, std::string_view role)
    : runtime_(&runtime), source_(std::move(source)) {
  if (is_iterable(source_)) return;
  if (role == "container")
    runtime.fail(fmt::format("argument of type '{}' is not a container or iterable", source_.type_name()));
  runtime.fail(fmt::format("'{}' object is not iterable", source_.type_name()));
}

std::optional<Value> Iteration::next() {
  runtime_->step();
  if (const SequenceObject* items = source_.sequence()) {
    if (at_ >= items->items.size()) return std::nullopt;
    return items->items[at_++];
  }
  if (const StringObject* string = source_.string()) {
    if (at_ >= string->text.size()) return std::nullopt;
    const std::size_t begin = at_;
    at_ += decode_utf8(string->text.view(), begin).length;
    return runtime_->string(string->text.slice(begin, at_), string->markup);
  }
  if (const DictObject* dict = source_.dict()) {
    if (at_ >= dict->entries().size()) return std::nullopt;
    return dict->entries()[at_++].first;
  }
  if (Object* object = source_.object()) {
    const Runtime::Nesting nesting(*runtime_);
    return object->next(*runtime_);
  }
  return std::nullopt;  // undefined is empty
}

std::vector<Value> collect(Runtime& runtime, const Value& source) {
  Iteration items(runtime, source);
  std::vector<Value> out;
  Charge room;
  while (auto item = items.next()) {
    runtime.grow(room, sizeof(Value));
    out.push_back(*std::move(item));
  }
  return out;
}

std::optional<Value> GeneratorObject::next(Runtime& runtime) {
  if (finished_) return std::nullopt;
  auto item = pull_(runtime);
  if (!item) {
    finished_ = true;
    pull_ = nullptr;
  }
  return item;
}

Value make_generator(Runtime& runtime, const Value& source,
                     std::function<std::optional<Value>(Runtime&, Iteration&)> pull) {
  const int depth = source.depth();
  auto items =
      std::make_shared<std::optional<Iteration>>();  // made at the first pull, where Python would find out, too
  auto next = [source, items = std::move(items), pull = std::move(pull)](Runtime& rt) -> std::optional<Value> {
    if (!*items) items->emplace(rt, source);
    return pull(rt, **items);
  };
  return Value(Value::ObjectPtr(runtime.make<GeneratorObject>(std::move(next), depth)));
}

Value make_iterator(Runtime& runtime, std::vector<Value> items, std::string_view type_name) {
  int depth = 0;
  for (const Value& item : items) depth = std::max(depth, item.depth());
  auto next = [items = runtime.list(std::move(items)), at = std::size_t{0}](Runtime&) mutable -> std::optional<Value> {
    const auto& all = items.sequence()->items;
    if (at >= all.size()) return std::nullopt;
    return all[at++];
  };
  return Value(Value::ObjectPtr(runtime.make<GeneratorObject>(std::move(next), depth, type_name)));
}

}  // namespace hearth::jinja
