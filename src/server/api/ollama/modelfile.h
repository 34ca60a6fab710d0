// A Modelfile, Ollama's description of a model that is made of another one
// (https://github.com/ollama/ollama/blob/main/docs/modelfile.md): reading and writing its text. It looks nothing up.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "hearth/model.h"

namespace hearth {

struct Modelfile {
  std::string from;  ///< a model's name, or "@sha256:…" for a blob
  std::vector<std::string> adapters;
  std::optional<std::string> system, chat_template;
  json::object parameters;  ///< "stop" and what is given more than once as arrays
  std::vector<ChatMessage> messages;
  std::vector<std::string> license;
};

/// Commands in any case, values plain to the end of the line, between quotes, or between """ over several lines.
/// Errors: 400 naming `param` and the line.
Modelfile parse_modelfile(std::string_view text, const std::string& param);

/// The text that makes the same again. `comments` go first, each as a line.
std::string write_modelfile(const Modelfile& modelfile, const std::vector<std::string>& comments);

/// "parameters" of /api/show: a line each, names and values in columns.
std::string parameter_lines(const json::object& parameters);

}  // namespace hearth
