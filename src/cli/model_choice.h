// Which model a command without a clear MODEL means, and which of its words are the prompt.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hearth/system.h"

namespace hearth::cli {

struct ModelChoice {
  std::string path;
  std::string origin;              ///< where the default came from; empty when the model was named
  std::vector<std::string> words;  ///< those that are not the model
};

/// `named`: the value of --model. Else the first word is the model if a file or folder of that name exists, or if it
/// looks like a path (it has a '/' or ends like a model file, and holds no white space): a typo in a path is an error,
/// not a prompt; or if `is_name` says that it names a model. Else the default is taken and every word is the prompt.
/// Errors: Error kNotFound naming a path that is not there; UsageError where there is no model at all.
ModelChoice choose_model(const std::optional<std::string>& named, const std::vector<std::string>& words,
                         const std::optional<Setting>& fallback,
                         const std::function<bool(const std::string&)>& is_name = {});

/// "model /models/a.gguf (last used)"; empty when the model was named.
std::string choice_notice(const ModelChoice& choice);

}  // namespace hearth::cli
