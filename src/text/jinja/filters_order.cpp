// Filters that compare items: sort, dictsort, unique, min, max, groupby.
#include <algorithm>
#include <utility>

#include "text/jinja/attribute_path.h"
#include "text/jinja/filters.h"
#include "text/jinja/find_text.h"
#include "text/jinja/iteration.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

using Keyed = std::pair<Value, Value>;  // what is compared, and the item

void sort_by_key(Runtime& runtime, std::vector<Keyed>& items, bool descending) {
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    return descending ? order(runtime, b.first, a.first) < 0 : order(runtime, a.first, b.first) < 0;
  });
}

std::vector<Value> values_of(std::vector<Keyed>&& items) {
  std::vector<Value> out;
  out.reserve(items.size());
  for (auto& [key, item] : items) out.push_back(std::move(item));
  return out;
}

std::vector<Keyed> with_keys(Runtime& runtime, const Value& value, const SortKey& key) {
  Iteration items(runtime, value);
  std::vector<Keyed> out;
  Charge room;
  while (auto item = items.next()) {
    runtime.grow(room, sizeof(Keyed));
    Value compared = key(runtime, *item);
    out.emplace_back(std::move(compared), *std::move(item));
  }
  return out;
}

Value sort(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "sort", arguments, {"reverse", "case_sensitive", "attribute"});
  const bool sensitive = bound.truth(1, false);
  std::vector<SortKey> keys;  // "age,name": one after the other
  if (bound.get(2) != nullptr && bound.get(2)->string() != nullptr) {
    const Text& names = bound.get(2)->string()->text;
    const std::string_view comma = ",";
    for (const auto& [begin, end] : split(runtime, names.view(), &comma, -1)) {
      const Value name = runtime.string(names.slice(begin, end));
      keys.emplace_back(runtime, &name, sensitive);
    }
  } else {
    keys.emplace_back(runtime, bound.get(2), sensitive);
  }
  Iteration source(runtime, value);
  std::vector<Keyed> items;
  Charge room;
  while (auto item = source.next()) {
    runtime.grow(room, sizeof(Keyed));
    std::vector<Value> parts;
    parts.reserve(keys.size());
    for (const SortKey& key : keys) parts.push_back(key(runtime, *item));
    items.emplace_back(runtime.list(std::move(parts)), *std::move(item));
  }
  sort_by_key(runtime, items, bound.truth(0, false));
  return runtime.list(values_of(std::move(items)));
}

Value dictsort(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "dictsort", arguments, {"case_sensitive", "by", "reverse"});
  const StringObject* by = bound.string(1);
  const std::string_view which = by == nullptr ? "key" : by->text.view();
  if (which != "key" && which != "value") runtime.fail("dictsort sorts by 'key' or 'value'");
  if (value.is_undefined()) runtime.fail(value.undefined()->message);
  if (value.dict() == nullptr) runtime.fail("dictsort needs a mapping");
  std::vector<Keyed> items;
  for (const auto& [key, content] : value.dict()->entries()) {
    const Value& compared = which == "key" ? key : content;
    items.emplace_back(bound.truth(0, false) ? compared : without_case(runtime, compared),
                       runtime.tuple({key, content}));
  }
  sort_by_key(runtime, items, bound.truth(2, false));
  return runtime.list(values_of(std::move(items)));
}

Value unique(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "unique", arguments, {"case_sensitive", "attribute"});
  auto key = std::make_shared<const SortKey>(runtime, bound.get(1), bound.truth(0, false));
  auto seen = std::make_shared<DictObject>();
  return make_generator(runtime, value, [key, seen](Runtime& rt, Iteration& items) -> std::optional<Value> {
    while (auto item = items.next()) {
      Value compared = (*key)(rt, *item);
      rt.require_hashable(compared);
      if (seen->find(compared) != nullptr) continue;
      rt.grow(seen->charge, 2 * sizeof(DictObject::Entry));
      seen->set(std::move(compared), Value());
      return item;
    }
    return std::nullopt;
  });
}

Value extreme(Runtime& runtime, const Value& value, const Arguments& arguments, bool largest) {
  const BoundArguments bound(runtime, largest ? "max" : "min", arguments, {"case_sensitive", "attribute"});
  const SortKey key(runtime, bound.get(1), bound.truth(0, false));
  Iteration items(runtime, value);
  std::optional<Keyed> best;
  while (auto item = items.next()) {
    Value compared = key(runtime, *item);
    if (best) {
      const auto ordered = order(runtime, compared, best->first);
      if (largest ? !(ordered > 0) : !(ordered < 0)) continue;
    }
    best.emplace(std::move(compared), *std::move(item));
  }
  return best ? std::move(best->second) : runtime.undefined("No aggregated item, sequence was empty.");
}

Value min(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return extreme(runtime, value, arguments, false);
}
Value max(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return extreme(runtime, value, arguments, true);
}

Value groupby(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "groupby", arguments, {"attribute", "default", "case_sensitive"});
  const SortKey key(runtime, &bound.require(0), bound.truth(2, false), bound.get(1));
  const AttributePath shown(runtime, &bound.require(0), bound.get(1));
  auto items = with_keys(runtime, value, key);
  sort_by_key(runtime, items, false);
  std::vector<Value> groups;
  for (std::size_t begin = 0; begin < items.size();) {
    std::vector<Value> group;
    std::size_t end = begin;
    for (; end < items.size() && equals(runtime, items[end].first, items[begin].first); ++end)
      group.push_back(items[end].second);
    Value name = shown(runtime, group.front());
    groups.push_back(runtime.list({std::move(name), runtime.list(std::move(group))}, SequenceType::kGroup));
    begin = std::max(end, begin + 1);  // NaN equals not even itself
  }
  return runtime.list(std::move(groups));
}

constexpr FilterEntry kFilters[] = {
    {"sort", sort}, {"dictsort", dictsort}, {"unique", unique}, {"min", min}, {"max", max}, {"groupby", groupby},
};

}  // namespace

Filter find_order_filter(std::string_view name) { return find_filter_in(kFilters, name); }

}  // namespace hearth::jinja
