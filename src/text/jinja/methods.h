// The methods of Python's strings, lists and dicts that a template may call.
#pragma once

#include <string_view>

#include "text/jinja/arguments.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

/// `self` is of the type whose table the method was found in.
using Method = Value (*)(Runtime& runtime, const Value& self, const Arguments& arguments);

/// nullptr where the type has no such method, or has one that templates may not use.
Method find_method(const Value& self, std::string_view name);
/// Whether Python's type has this method at all: one that changes the value, or one that is not provided here.
bool is_withheld_method(const Value& self, std::string_view name);

Method find_string_method(std::string_view name);
Method find_string_transform(std::string_view name);  ///< those that give strings or lists of them
Method find_string_query(std::string_view name);      ///< those that answer a question

/// str.format().
Value format_braces(Runtime& runtime, const Value& self, const Arguments& arguments);

}  // namespace hearth::jinja
