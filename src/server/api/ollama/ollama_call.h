// What requests for answers have in common in Ollama's API, read before a model is loaded for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hearth/model.h"
#include "runtime/manager/model_manager.h"
#include "server/api/api_context.h"
#include "server/api/request_fields.h"

namespace hearth {

/// "think".
struct ThinkChoice {
  bool on = true;
  std::string level;  ///< "low", "medium", "high" or empty
};

struct OllamaCall {
  json::object body;
  std::string model;  ///< as it was asked for, which answers repeat
  bool stream = true;
  std::optional<KeepAlive> keep_alive;
  std::optional<ThinkChoice> think;
  Constraint format;
  std::int32_t logprobs = -1;  ///< as GenerateRequest::logprobs
  bool shift = false;

  bool has_keep_alive_zero() const { return keep_alive && keep_alive->count() == 0; }
  /// Whether reasoning may stand before the answer. A form that is asked for without it begins at once.
  bool may_reason() const { return !think || think->on || format.kind == ConstraintKind::kNone; }
};

/// Errors: 400.
OllamaCall read_ollama_call(json::object body, const ApiLimits& limits);

/// What to begin with: the model's own recommendation, its overlay, then the request's "options", "format", "think" and
/// "logprobs". `chat_template`: Jinja source of the request's own template. A model without any is given the texts of
/// the messages, a blank line between them. Errors: 400, too for "think" where the model does not reason.
GenerateRequest begin_request(const Lease& lease, const OllamaCall& call,
                              const std::optional<std::string>& chat_template = std::nullopt);

/// The source of the template that a request's messages go through.
std::string template_of(const Lease& lease, const GenerateRequest& request);

/// "template" of a request or of a model that is made: Go's language, translated, or Jinja (known by its "{%"), as it
/// is. Errors: 400 naming `param`.
std::string read_template(const std::string& text, const std::string& param, std::size_t most_bytes);

/// "format": "", "json" or a JSON Schema. Errors: 400.
Constraint read_ollama_format(const RequestFields& fields, std::size_t most_bytes);
/// Errors: 400.
std::optional<ThinkChoice> read_think(const RequestFields& fields);

}  // namespace hearth
