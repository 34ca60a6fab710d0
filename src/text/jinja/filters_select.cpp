// Filters that pick or map items by an attribute, a test or another filter, and `default` and `attr`.
#include <fmt/format.h>

#include <memory>

#include "text/jinja/attribute_path.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/operators.h"
#include "text/jinja/predicates.h"
#include "text/jinja/runtime.h"
#include "text/jinja/subscript.h"

namespace hearth::jinja {
namespace {

/// What map, select … go through: nothing where the value is false, whatever its type.
Value source_of(Runtime& runtime, const Value& value) { return is_true(value) ? value : runtime.list({}); }

int arguments_depth(const Arguments& arguments) {
  int depth = 0;
  for (const Value& value : arguments.positional) depth = std::max(depth, value.depth());
  for (const auto& [name, value] : arguments.named) depth = std::max(depth, value.depth());
  return depth;
}

Value map_attribute(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const Value* attribute = nullptr;
  const Value* otherwise = nullptr;
  for (const auto& [name, argument] : arguments.named) {
    if (name == "attribute")
      attribute = &argument;
    else if (name == "default")
      otherwise = &argument;
    else
      runtime.fail(fmt::format("map got an unexpected keyword argument '{}'", name));
  }
  auto path = std::make_shared<const AttributePath>(runtime, attribute, otherwise);
  return make_generator(runtime, source_of(runtime, value),
                        [path](Runtime& rt, Iteration& items) -> std::optional<Value> {
                          auto item = items.next();
                          if (!item) return std::nullopt;
                          return (*path)(rt, *std::move(item));
                        });
}

Value map(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const auto named = [&](std::string_view wanted) {
    return std::any_of(arguments.named.begin(), arguments.named.end(),
                       [wanted](const auto& entry) { return entry.first == wanted; });
  };
  if (arguments.positional.empty() && named("attribute")) return map_attribute(runtime, value, arguments);
  runtime.require_depth(arguments_depth(arguments) + 1);
  auto rest = std::make_shared<Arguments>(arguments);
  return make_generator(runtime, source_of(runtime, value),
                        [rest](Runtime& rt, Iteration& items) -> std::optional<Value> {
                          const auto item = items.next();
                          if (!item) return std::nullopt;
                          if (rest->positional.empty()) rt.fail("map requires a filter argument");
                          const std::string_view name = require_string(rt, rest->positional[0]).text.view();
                          const Filter filter = find_filter(name);
                          if (filter == nullptr) rt.fail(fmt::format("No filter named '{}' found.", name));
                          Arguments passed{{rest->positional.begin() + 1, rest->positional.end()}, rest->named};
                          const Runtime::Nesting nesting(rt);
                          return filter(rt, *item, passed);
                        });
}

/// The test that `arguments` name from position `at`: its name and its own arguments; truth where there is none.
bool passes(Runtime& runtime, const Value& item, const Arguments& arguments, std::size_t at) {
  if (arguments.positional.size() <= at) return is_true(item);
  const std::string_view name = require_string(runtime, arguments.positional[at]).text.view();
  const Predicate predicate = find_predicate(name);
  if (predicate == nullptr) runtime.fail(fmt::format("No test named '{}' found.", name));
  const auto first = arguments.positional.begin() + static_cast<std::ptrdiff_t>(at) + 1;
  return predicate(runtime, item, Arguments{{first, arguments.positional.end()}, arguments.named});
}

Value pick(Runtime& runtime, const Value& value, const Arguments& arguments, bool wanted) {
  runtime.require_depth(arguments_depth(arguments) + 1);
  auto rest = std::make_shared<const Arguments>(arguments);
  return make_generator(runtime, source_of(runtime, value),
                        [rest, wanted](Runtime& rt, Iteration& items) -> std::optional<Value> {
                          while (auto item = items.next()) {
                            if (passes(rt, *item, *rest, 0) == wanted) return item;
                          }
                          return std::nullopt;
                        });
}

Value pick_by_attribute(Runtime& runtime, const Value& value, const Arguments& arguments, bool wanted) {
  runtime.require_depth(arguments_depth(arguments) + 1);
  auto rest = std::make_shared<const Arguments>(arguments);
  auto path = std::make_shared<std::optional<AttributePath>>();
  return make_generator(runtime, source_of(runtime, value),
                        [rest, path, wanted](Runtime& rt, Iteration& items) -> std::optional<Value> {
                          if (rest->positional.empty()) rt.fail("Missing parameter for attribute name");
                          if (!*path) path->emplace(rt, &rest->positional[0]);
                          while (auto item = items.next()) {
                            if (passes(rt, (**path)(rt, *item), *rest, 1) == wanted) return item;
                          }
                          return std::nullopt;
                        });
}

Value select(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return pick(runtime, value, arguments, true);
}
Value reject(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return pick(runtime, value, arguments, false);
}
Value selectattr(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return pick_by_attribute(runtime, value, arguments, true);
}
Value rejectattr(Runtime& runtime, const Value& value, const Arguments& arguments) {
  return pick_by_attribute(runtime, value, arguments, false);
}

Value default_value(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "default", arguments, {"default_value", "boolean"});
  if (!value.is_undefined() && !(bound.truth(1, false) && !is_true(value))) return value;
  return bound.get(0) == nullptr ? runtime.string("") : *bound.get(0);
}

Value attr(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "attr", arguments, {"name"});
  const std::string_view name = require_string(runtime, bound.require(0)).text.view();
  if (value.is_undefined()) runtime.fail(value.undefined()->message);
  if (auto found = find_attribute(runtime, value, name)) return *std::move(found);
  return runtime.undefined(fmt::format("'{} object' has no such attribute", value.type_name()));
}

constexpr FilterEntry kFilters[] = {
    {"map", map},
    {"select", select},
    {"reject", reject},
    {"selectattr", selectattr},
    {"rejectattr", rejectattr},
    {"default", default_value},
    {"d", default_value},
    {"attr", attr},
};

}  // namespace

Filter find_select_filter(std::string_view name) { return find_filter_in(kFilters, name); }

}  // namespace hearth::jinja
