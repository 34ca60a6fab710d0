// Environment variables for the time of a test.
#pragma once

#include <stdlib.h>  // setenv

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace hearth::testing {

/// What it sets is put back as it was at the end.
class Environment {
 public:
  Environment() = default;
  ~Environment() {
    for (const auto& [name, value] : before_) put(name, value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Nothing: it is not set.
  void set(const std::string& name, const std::optional<std::string>& value) {
    const char* old = ::getenv(name.c_str());
    before_.emplace(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
    put(name, value);
  }
  /// `folder` as home, and none of the variables by which the person who runs the tests says where settings and models
  /// are, or how a hub or a server is reached.
  void use_home(const std::filesystem::path& folder) {
    set("HOME", folder.string());
    for (const char* name : {"XDG_CACHE_HOME",    "XDG_DATA_HOME",
                             "XDG_CONFIG_HOME",   "HF_HOME",
                             "HF_HUB_CACHE",      "HF_TOKEN",
                             "HF_TOKEN_PATH",     "HUGGINGFACE_HUB_CACHE",
                             "HF_ENDPOINT",       "HUGGING_FACE_HUB_TOKEN",
                             "HF_HUB_OFFLINE",    "OLLAMA_MODELS",
                             "LLAMA_CACHE",       "HEARTH_MODEL_FOLDERS",
                             "HEARTH_DATA_HOME",  "HEARTH_CONFIG_HOME",
                             "HEARTH_CACHE_HOME", "HEARTH_MODEL",
                             "HEARTH_THREADS",    "HEARTH_HOST",
                             "HEARTH_PORT",       "HEARTH_API_KEY",
                             "HEARTH_API_KEYS",   "HEARTH_KEEP_ALIVE",
                             "HEARTH_MEMORY"}) {
      set(name, std::nullopt);
    }
  }

 private:
  static void put(const std::string& name, const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name.c_str());
    }
  }

  std::map<std::string, std::optional<std::string>> before_;  ///< as each was before the first set()
};

}  // namespace hearth::testing
