// Jinja's tests, `value is name(arguments)`. (Not called tests: those are the files that check this code.)
#pragma once

#include <string_view>

#include "text/jinja/arguments.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

using Predicate = bool (*)(Runtime& runtime, const Value& value, const Arguments& arguments);

/// nullptr where Jinja has no test of that name.
Predicate find_predicate(std::string_view name);

}  // namespace hearth::jinja
