#include "text/jinja/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/numbers.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"

namespace hearth::jinja {

BoundArguments::BoundArguments(Runtime& runtime, std::string_view function, const Arguments& arguments,
                               std::initializer_list<std::string_view> names)
    : runtime_(runtime), function_(function), names_(names), values_(names.size(), nullptr) {
  if (arguments.positional.size() > names_.size()) {
    runtime.fail(fmt::format("{}() takes at most {} arguments ({} given)", function, names_.size(),
                             arguments.positional.size()));
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end())
      runtime.fail(fmt::format("{}() got an unexpected keyword argument '{}'", function, name));
    const Value*& slot = values_[static_cast<std::size_t>(found - names_.begin())];
    if (slot != nullptr) runtime.fail(fmt::format("{}() got more than one value for argument '{}'", function, name));
    slot = &value;
  }
}

const Value& BoundArguments::require(std::size_t i) const {
  if (values_[i] == nullptr) runtime_.fail(fmt::format("{}() is missing its argument '{}'", function_, names_[i]));
  return *values_[i];
}

bool BoundArguments::truth(std::size_t i, bool otherwise) const {
  return values_[i] == nullptr ? otherwise : is_true(*values_[i]);
}

std::int64_t BoundArguments::integer(std::size_t i, std::int64_t otherwise) const {
  return values_[i] == nullptr ? otherwise : require_integer(runtime_, *values_[i]);
}

std::int64_t BoundArguments::integer_or_none(std::size_t i, std::int64_t otherwise) const {
  return values_[i] == nullptr || values_[i]->is_none() ? otherwise : require_integer(runtime_, *values_[i]);
}

const StringObject* BoundArguments::string(std::size_t i) const {
  if (values_[i] == nullptr || values_[i]->is_none()) return nullptr;
  return &require_string(runtime_, *values_[i]);
}

}  // namespace hearth::jinja
