// The flags that say how a model is loaded, and the loading itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "hearth/model.h"
#include "hearth/system.h"

namespace hearth::cli {

class ModelFlags {
 public:
  void add_to(CommandLine& line);
  void add_without_threads_to(CommandLine& line);
  /// Only those that change how much memory a model needs.
  void add_memory_to(CommandLine& line);
  /// Those given, as settings() takes them.
  std::vector<std::pair<std::string, std::string>> given() const;

 private:
  std::optional<std::int64_t> threads_, context_;
  std::optional<std::string> kv_type_;
  bool exact_ = false;
  bool no_pack_ = false;
  bool no_speculation_ = false;
};

/// Model options out of settings that hold already (flag > environment > .env > config > default).
ModelOptions model_options(const std::vector<Setting>& settings);
/// The kernels look for HEARTH_CPU in the environment when they are first needed; a setting from a file reaches them
/// there.
void use_cpu_setting(const std::vector<Setting>& settings);
/// Loads a path, or a name of what is on this disk, with these settings; "cpu" among them is put in force first.
/// Errors: as locate_model() and Model::load.
Model load_model(const std::string& name, const std::vector<Setting>& settings);
/// As load_model(), for a model that generates, which is remembered as the one used last. Errors: also kUnsupported for
/// one that only embeds.
Model load_generator(const std::string& name, const std::vector<Setting>& settings);
std::string setting_value(const std::vector<Setting>& settings, const std::string& name);

}  // namespace hearth::cli
