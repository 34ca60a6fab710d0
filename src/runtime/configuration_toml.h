// config.toml: the user's own settings, read by toml++.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hearth {

/// A value and the line it stands on.
struct ConfigValue {
  std::string value;
  unsigned line = 0;
};

/// Setting names to values. `name` is the file's, for errors. Errors: kInvalidArgument naming file and line of what is
/// not TOML, of a key that no setting has, and of a value that is no string, number or boolean.
std::map<std::string, ConfigValue> parse_config(std::string_view text, std::string_view name);

}  // namespace hearth
