// The functions that every template sees: range, dict, namespace, cycler, joiner, raise_exception, strftime_now.
#pragma once

#include <optional>
#include <string_view>

#include "text/jinja/value.h"

namespace hearth::jinja {

bool is_global(std::string_view name);
std::optional<Value> find_global(Runtime& runtime, std::string_view name);

}  // namespace hearth::jinja
