// The flags that shape an answer, for `run` and `chat`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "cli/generation_params.h"
#include "hearth/system.h"

namespace hearth::cli {

class GenerationFlags {
 public:
  void add_to(CommandLine& line);
  /// Errors: UsageError for a value that can never be right; before a model is loaded for nothing.
  void check() const;
  /// The model's own recommendation, over it what the settings say, over it the flags. Errors: UsageError.
  GenerationParams resolve(const SamplingParams& model_defaults, const std::vector<Setting>& settings) const;

 private:
  void apply(GenerationParams& params) const;
  std::map<std::string_view, std::optional<std::string>> values_;
  std::map<std::string_view, std::vector<std::string>> lists_;
  std::map<std::string_view, bool> toggles_;
};

}  // namespace hearth::cli
