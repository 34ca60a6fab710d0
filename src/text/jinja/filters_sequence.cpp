// Filters over sequences that neither select nor order.
#include <algorithm>
#include <utility>

#include "text/jinja/attribute_path.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/methods.h"
#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/subscript.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

Value list(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "list", arguments, {});
  return runtime.list(collect(runtime, value));
}

Value length_of(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "length", arguments, {});
  return Value(length(runtime, value));
}

Value first(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "first", arguments, {});
  Iteration items(runtime, value);
  if (auto item = items.next()) return *std::move(item);
  return runtime.undefined("No first item, sequence was empty.");
}

Value last(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "last", arguments, {});
  if (value.object() != nullptr) runtime.fail("the filter 'last' needs a sequence, not a generator: use |list|last");
  if (value.string() != nullptr || (value.sequence() != nullptr && value.sequence()->type == SequenceType::kList)) {
    if (is_true(value)) return get_item(runtime, value, Value(std::int64_t{-1}));
  } else if (const auto items = collect(runtime, value); !items.empty()) {
    return items.back();
  }
  return runtime.undefined("No last item, sequence was empty.");
}

Value join(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "join", arguments, {"d", "attribute"});
  const Text separator = bound.get(0) == nullptr ? Text() : to_text(runtime, *bound.get(0));
  const AttributePath path(runtime, bound.get(1));
  Iteration items(runtime, value);
  Text out;
  bool first_item = true;
  while (auto item = items.next()) {
    if (!first_item) runtime.append(out, separator);
    append_text(runtime, out, path(runtime, *std::move(item)));
    first_item = false;
  }
  return runtime.string(std::move(out));
}

Value reverse(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "reverse", arguments, {});
  if (value.string() != nullptr) return get_slice(runtime, value, Value(), Value(), Value(std::int64_t{-1}));
  auto items = collect(runtime, value);
  std::reverse(items.begin(), items.end());
  // Python reverses a sequence lazily and anything else as a list.
  if (value.object() != nullptr) return runtime.list(std::move(items));
  return make_iterator(runtime, std::move(items), "list_reverseiterator");
}

Value items_of(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments none(runtime, "items", arguments, {});
  if (value.is_undefined()) return make_iterator(runtime, {}, "generator");
  if (value.dict() == nullptr) {
    return make_generator(runtime, value, [](Runtime& rt, Iteration&) -> std::optional<Value> {
      rt.fail("Can only get item pairs from a mapping.");
    });
  }
  const Value pairs = find_method(value, "items")(runtime, value, {});
  return make_generator(runtime, pairs, [](Runtime&, Iteration& pair) { return pair.next(); });
}

Value batch(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "batch", arguments, {"linecount", "fill_with"});
  const Value& count = bound.require(0);
  const Value fill = bound.get(1) == nullptr ? Value() : *bound.get(1);
  runtime.require_depth(std::max(count.depth(), fill.depth()) + 1);
  auto carried = std::make_shared<std::optional<Value>>();  // the item that began the next line
  return make_generator(runtime, value, [count, fill, carried](Runtime& rt, Iteration& items) -> std::optional<Value> {
    const std::int64_t size = require_integer(rt, count);
    std::vector<Value> line;
    if (*carried) line.push_back(*std::exchange(*carried, std::nullopt));
    while (auto item = items.next()) {
      if (static_cast<std::int64_t>(line.size()) == size) {
        *carried = std::move(item);
        return rt.list(std::move(line));
      }
      line.push_back(*std::move(item));
    }
    if (line.empty()) return std::nullopt;
    while (!fill.is_none() && static_cast<std::int64_t>(line.size()) < size) {
      rt.step();
      line.push_back(fill);
    }
    return rt.list(std::move(line));
  });
}

/// All the columns of `slice`: as even as they can be, the longer ones first.
std::vector<Value> columns_of(Runtime& runtime, const std::vector<Value>& all, std::int64_t count, const Value& fill) {
  if (count == 0) runtime.fail("division by zero");
  const auto size = static_cast<std::int64_t>(all.size());
  std::vector<Value> columns;
  auto at = all.begin();
  for (std::int64_t i = 0; i < count; ++i) {
    const bool extra = i < size % count;
    const auto end = at + static_cast<std::ptrdiff_t>(size / count + (extra ? 1 : 0));
    std::vector<Value> column(at, end);
    if (!extra && !fill.is_none()) column.push_back(fill);
    runtime.step();
    columns.push_back(runtime.list(std::move(column)));
    at = end;
  }
  return columns;
}

Value slice(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "slice", arguments, {"slices", "fill_with"});
  const Value& count = bound.require(0);
  const Value fill = bound.get(1) == nullptr ? Value() : *bound.get(1);
  const int depth = std::max({value.depth(), count.depth(), fill.depth()});
  auto columns = std::make_shared<std::optional<Value>>();
  auto next = [value, count, fill, columns, at = std::size_t{0}](Runtime& rt) mutable -> std::optional<Value> {
    if (!*columns) *columns = rt.list(columns_of(rt, collect(rt, value), require_integer(rt, count), fill));
    const auto& all = (*columns)->sequence()->items;
    if (at >= all.size()) return std::nullopt;
    return all[at++];
  };
  return Value(Value::ObjectPtr(runtime.make<GeneratorObject>(std::move(next), depth + 2)));
}

constexpr FilterEntry kFilters[] = {
    {"list", list}, {"length", length_of}, {"count", length_of}, {"first", first}, {"last", last},
    {"join", join}, {"reverse", reverse},  {"items", items_of},  {"batch", batch}, {"slice", slice},
};

}  // namespace

Filter find_sequence_filter(std::string_view name) { return find_filter_in(kFilters, name); }

}  // namespace hearth::jinja
