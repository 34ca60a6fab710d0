// What this machine is and where Hearth keeps things: the ground for `hearth doctor` and for defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hearth {

struct SystemReport {
  std::string version;  ///< of Hearth
  std::string cpu;      ///< as the CPU names itself
  int cores = 0;        ///< that this process may use
  int default_threads = 0;
  std::vector<std::string> cpu_features;  ///< those that kernels care about
  std::string kernels;                    ///< the table in use: "portable", "avx2", "avx512", "amx"
  std::vector<std::string> kernels_available;
  std::uint64_t memory_total = 0, memory_available = 0;  ///< bytes; a cgroup limit counts
};
SystemReport system_report();

/// Where things are, in the XDG way: config.toml, data, models. HEARTH_CONFIG_HOME, HEARTH_DATA_HOME, HEARTH_CACHE_HOME
/// override.
struct Paths {
  std::string config_file, data_folder, history_file, state_file;
  std::string models_folder;  ///< imported models, and those fetched from an address that is no hub's
  std::string hub_folder;     ///< what is pulled: the cache that Hugging Face's programs share (HF_HOME, HF_HUB_CACHE)
};
Paths paths();

/// The copies of large quantised weights in the kernels' own layout.
struct PackedReport {
  std::string folder;
  std::uint64_t files = 0, bytes = 0;
  std::uint64_t writing_bytes = 0;    ///< of copies that are being written at this moment
  std::uint64_t abandoned_bytes = 0;  ///< of what processes that were killed while writing have left
};
PackedReport packed_weights();
/// Removes them all, except for what is being written, and says what there was; programs that use one go on. Errors:
/// kIo.
PackedReport clear_packed_weights();

/// A setting and where it came from ("flag", "environment HEARTH_MODEL", ".env", "/home/…/config.toml", "default").
struct Setting {
  std::string name, value, origin;
};
/// Every setting Hearth knows with the value that holds now: flag > environment > project .env > config > default.
/// `flags` are those given on the command line; `config_file`, unless it is empty, is read instead of the usual one.
/// Errors: kInvalidArgument naming file and line of a bad config; kNotFound for a `config_file` that is not there.
std::vector<Setting> settings(const std::vector<std::pair<std::string, std::string>>& flags = {},
                              const std::string& config_file = {});
std::optional<Setting> find_setting(const std::vector<Setting>& settings, const std::string& name);

/// Remembers the model that was used last, for commands without one.
/// Errors: kIo where the state cannot be written.
void remember_model(const std::string& path);
/// The model for a command without one: HEARTH_MODEL, the project's .env, the config, the last one used; says which.
std::optional<Setting> default_model();

}  // namespace hearth
