// The arguments of a call, and reading them by the names that a Python function gives its parameters.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// Binds arguments to parameter names as Python does. Errors name the function.
class BoundArguments {
 public:
  BoundArguments(Runtime& runtime, std::string_view function, const Arguments& arguments,
                 std::initializer_list<std::string_view> names);

  /// nullptr where parameter `i` was not given.
  const Value* get(std::size_t i) const { return values_[i]; }
  const Value& require(std::size_t i) const;
  bool truth(std::size_t i, bool otherwise) const;
  std::int64_t integer(std::size_t i, std::int64_t otherwise) const;
  /// Likewise, for those parameters whose None means that they are not given.
  std::int64_t integer_or_none(std::size_t i, std::int64_t otherwise) const;
  /// A Python str, or nullptr where it is missing or None.
  const StringObject* string(std::size_t i) const;

 private:
  Runtime& runtime_;
  std::string_view function_;
  std::vector<std::string_view> names_;
  std::vector<const Value*> values_;
};

}  // namespace hearth::jinja
