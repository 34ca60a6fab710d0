// value.name, value[key] and value[a:b:c], as Jinja's sandbox resolves them.
#pragma once

#include <optional>
#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

/// value.name: a method or attribute first, then an item. Missing ones are undefined; names that begin with an
/// underscore and methods that would change a list or a dict are undefined, too. Errors: for attributes of what is
/// undefined itself.
Value get_attribute(Runtime& runtime, const Value& value, std::string_view name);
/// value[key]: an item first, then an attribute.
Value get_item(Runtime& runtime, const Value& value, const Value& key);
/// value[start:stop:step]; absent bounds are None. Errors: for what cannot be sliced, for a step of 0.
Value get_slice(Runtime& runtime, const Value& value, const Value& start, const Value& stop, const Value& step);
/// The attribute alone, no item: what the filter `attr` gives. Nothing where there is none.
std::optional<Value> find_attribute(Runtime& runtime, const Value& value, std::string_view name);

/// value(arguments…). Errors: where it is not callable.
Value call(Runtime& runtime, const Value& callee, Arguments arguments);

}  // namespace hearth::jinja
