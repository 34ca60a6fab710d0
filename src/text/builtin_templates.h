// Jinja sources of the chat formats that models without a template of their own were trained on.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hearth {

struct BuiltinTemplate {
  std::string_view name;
  std::string source;
};

/// In the order in which they are listed to a user.
std::span<const BuiltinTemplate> builtin_templates();

}  // namespace hearth
