#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/file.h"
#include "base/quote.h"
#include "hearth/error.h"
#include "hearth/system.h"
#include "runtime/configuration_env_file.h"
#include "runtime/configuration_keys.h"
#include "runtime/configuration_toml.h"
#include "runtime/state.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSettingsFile = 1 << 20;

/// What the files say, read once a call of settings().
struct Sources {
  std::map<std::string, std::string, std::less<>> flags;
  std::optional<fs::path> env_file;
  std::map<std::string, std::string> env;
  std::string config_file;
  std::map<std::string, ConfigValue> config;
};

Sources read_sources(const std::vector<std::pair<std::string, std::string>>& flags, const std::string& config_file) {
  Sources sources;
  for (const auto& [name, value] : flags) {
    if (find_setting_key(name) == nullptr) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("there is no setting {}", quote(name)),
                  "'hearth config' lists the settings");
    }
    sources.flags[name] = value;
  }
  std::error_code ignored;
  sources.env_file = find_env_file(fs::current_path(ignored));
  if (sources.env_file) {
    sources.env = parse_env_file(read_file(*sources.env_file, kMaxSettingsFile), sources.env_file->string());
  }
  sources.config_file = config_file.empty() ? paths().config_file : fs::absolute(config_file, ignored).string();
  if (!config_file.empty() || fs::exists(sources.config_file, ignored)) {
    sources.config = parse_config(read_file(sources.config_file, kMaxSettingsFile), sources.config_file);
  }
  return sources;
}

/// A path in a settings file is meant from where that file lies; "~/" is the home folder. What is not there is kept as
/// written: it may be a name rather than a path.
std::string resolve(const std::string& value, const fs::path& folder) {
  if (value.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    return home == nullptr ? value : std::string(home) + value.substr(1);
  }
  std::error_code ignored;
  const fs::path path(value);
  if (value.empty() || path.is_absolute() || !fs::exists(folder / path, ignored)) return value;
  return (folder / path).lexically_normal().string();
}

Setting look_up(const SettingKey& key, const Sources& sources) {
  const std::string name(key.name);
  const std::string variable(key.variable);
  const bool is_path = key.kind == SettingKind::kPath;
  if (const auto flag = sources.flags.find(name); flag != sources.flags.end()) {
    return {name, check_setting(key, flag->second, name), "flag"};
  }
  // An empty variable is one that somebody wanted to unset.
  if (const char* value = std::getenv(variable.c_str()); value != nullptr && *value != '\0') {
    return {name, check_setting(key, value, variable), "environment " + variable};
  }
  if (const auto entry = sources.env.find(variable); entry != sources.env.end() && !entry->second.empty()) {
    const std::string file = sources.env_file->string();
    const std::string value = check_setting(key, entry->second, fmt::format("{}: {}", file, variable));
    return {name, is_path ? resolve(value, sources.env_file->parent_path()) : value, file};
  }
  if (const auto entry = sources.config.find(name); entry != sources.config.end()) {
    const std::string source = fmt::format("{} line {}: {}", sources.config_file, entry->second.line, name);
    const std::string value = check_setting(key, entry->second.value, source);
    const fs::path folder = fs::path(sources.config_file).parent_path();
    return {name, is_path ? resolve(value, folder) : value, sources.config_file};
  }
  if (key.name == "model") {
    if (auto last = last_model()) return {name, *std::move(last), "last used"};
  }
  return {name, std::string(key.fallback), "default"};
}

}  // namespace

std::vector<Setting> settings(const std::vector<std::pair<std::string, std::string>>& flags,
                              const std::string& config_file) {
  const Sources sources = read_sources(flags, config_file);
  std::vector<Setting> result;
  result.reserve(setting_keys().size());
  for (const SettingKey& key : setting_keys()) result.push_back(look_up(key, sources));
  return result;
}

std::optional<Setting> find_setting(const std::vector<Setting>& settings, const std::string& name) {
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) { return setting.name == name; });
  if (found == settings.end()) return std::nullopt;
  return *found;
}

std::optional<Setting> default_model() {
  auto model = find_setting(settings(), "model");
  if (!model || model->value.empty()) return std::nullopt;
  return model;
}

}  // namespace hearth
