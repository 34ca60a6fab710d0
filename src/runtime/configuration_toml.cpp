#include "runtime/configuration_toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <vector>

#include "base/quote.h"
#include "hearth/error.h"
#include "runtime/configuration_keys.h"

namespace hearth {
namespace {

[[noreturn]] void fail(std::string_view name, unsigned line, std::string_view problem, std::string hint) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} line {}: {}", name, line, problem), std::move(hint));
}

std::string value_text(const toml::node& node, std::string_view name, std::string_view key) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return fmt::format("{}", integer->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  fail(name, node.source().begin.line, fmt::format("{} must be a string, a number, true or false", key),
       fmt::format("write {} = \"…\" or {} = 1", key, key));
}

bool is_group(const std::string& key) {
  const std::string prefix = key + ".";
  return std::any_of(setting_keys().begin(), setting_keys().end(),
                     [&](const SettingKey& setting) { return setting.name.starts_with(prefix); });
}

/// [serve] port = 1 is the setting "serve.port".
void read_table(const toml::table& table, const std::string& prefix, std::string_view name,
                std::map<std::string, ConfigValue>& values) {
  for (const auto& [toml_key, node] : table) {
    const std::string key = prefix + std::string(toml_key.str());
    const toml::table* group = node.as_table();
    if (group != nullptr && prefix.empty() && is_group(key)) {
      read_table(*group, key + ".", name, values);
      continue;
    }
    if (find_setting_key(key) == nullptr) {
      std::vector<std::string_view> known;
      known.reserve(setting_keys().size());
      for (const SettingKey& setting : setting_keys()) known.push_back(setting.name);
      fail(name, toml_key.source().begin.line, fmt::format("there is no setting {}", quote(key)),
           fmt::format("the settings are {}", fmt::join(known, ", ")));
    }
    values[key] = {value_text(node, name, key), toml_key.source().begin.line};
  }
}

}  // namespace

std::map<std::string, ConfigValue> parse_config(std::string_view text, std::string_view name) {
  toml::table table;
  try {
    table = toml::parse(text, name);
  } catch (const toml::parse_error& failure) {
    fail(name, failure.source().begin.line, failure.description(),
         "a line reads: name = value, and text stands in double quotes");
  }
  std::map<std::string, ConfigValue> values;
  read_table(table, "", name, values);
  return values;
}

}  // namespace hearth
