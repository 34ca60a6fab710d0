#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "hearth/system.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

fs::path home_folder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') return home;
  // A daemon or a container may run without HOME; the password database still knows the account.
  const passwd* account = ::getpwuid(::getuid());
  return account != nullptr && account->pw_dir != nullptr && *account->pw_dir == '/' ? account->pw_dir : "/";
}

/// The XDG base directory specification: a relative path in one of its variables is invalid and ignored.
fs::path folder(const char* own_variable, const char* xdg_variable, const char* below_home) {
  if (const char* own = std::getenv(own_variable); own != nullptr && *own != '\0') {
    std::error_code ignored;
    const fs::path absolute = fs::absolute(own, ignored);
    return ignored ? fs::path(own) : absolute.lexically_normal();
  }
  if (const char* xdg = std::getenv(xdg_variable); xdg != nullptr && *xdg == '/') return fs::path(xdg) / "hearth";
  return home_folder() / below_home / "hearth";
}

/// Hugging Face's own rules (huggingface_hub/constants.py), since the cache is shared with its programs.
fs::path hub_folder() {
  for (const char* variable : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const char* set = std::getenv(variable); set != nullptr && *set != '\0') return set;
  }
  if (const char* set = std::getenv("HF_HOME"); set != nullptr && *set != '\0') return fs::path(set) / "hub";
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const fs::path cache = xdg != nullptr && *xdg == '/' ? fs::path(xdg) : home_folder() / ".cache";
  return cache / "huggingface" / "hub";
}

}  // namespace

Paths paths() {
  const fs::path config = folder("HEARTH_CONFIG_HOME", "XDG_CONFIG_HOME", ".config");
  const fs::path data = folder("HEARTH_DATA_HOME", "XDG_DATA_HOME", ".local/share");
  const fs::path cache = folder("HEARTH_CACHE_HOME", "XDG_CACHE_HOME", ".cache");
  Paths paths;
  paths.config_file = (config / "config.toml").string();
  paths.data_folder = data.string();
  paths.models_folder = (cache / "models").string();
  paths.hub_folder = hub_folder().string();
  paths.history_file = (data / "chat_history").string();
  paths.state_file = (data / "state.json").string();
  return paths;
}

}  // namespace hearth
