// The settings that Hearth knows: their names, where the environment has them, their defaults and which values are
// right. Where a value came from is configuration.cpp's business.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hearth {

enum class SettingKind { kText, kPath, kInteger, kNumber, kBoolean, kChoice };

struct SettingKey {
  std::string_view name;      ///< in config.toml and `hearth config`
  std::string_view variable;  ///< in the environment and .env
  std::string_view fallback;  ///< the default; empty: left to the model or to Hearth
  SettingKind kind;
  double minimum = 0, maximum = 0;                 ///< of kInteger and kNumber
  std::span<const std::string_view> choices = {};  ///< of kChoice
  bool zero_too = false;                           ///< 0, which leaves it to Hearth, is right as well
};

std::span<const SettingKey> setting_keys();
/// nullptr where there is none of that name.
const SettingKey* find_setting_key(std::string_view name);

/// The value as Hearth writes it ("yes" → "true"). `source` names in errors where it stands ("HEARTH_THREADS",
/// "config.toml line 3: threads"). Errors: kInvalidArgument naming source, value and what is right.
std::string check_setting(const SettingKey& key, std::string_view value, std::string_view source);

}  // namespace hearth
