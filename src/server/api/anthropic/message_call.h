// What a request to the Messages API asks for, and what becomes of it with a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hearth/model.h"
#include "runtime/manager/model_lease.h"
#include "server/api/anthropic/message_history.h"
#include "server/api/api_context.h"
#include "server/api/chat_call.h"
#include "server/api/request_fields.h"

namespace hearth {

/// What an answer shows of the model's reasoning.
enum class Thinking {
  kOff,      ///< nothing: the model is told not to, and what it thinks all the same is left out
  kShown,    ///< blocks with the text
  kWithheld  ///< blocks without it ("display": "omitted")
};

struct MessageCall {
  json::object body;
  std::string model;
  MessageHistory history;
  std::int64_t max_tokens = -1;
  std::vector<std::string> stop_sequences;
  ToolPlan tools;
  Thinking thinking = Thinking::kOff;
  Constraint constraint;       ///< of "output_config.format"
  std::string variables_json;  ///< for the chat template
  bool stream = false;
};

/// Reads all of a body that can be checked without a model. `counts_only`: for count_tokens, which has no max_tokens.
/// Errors: 400 naming the field.
MessageCall read_message_call(json::object body, const ApiLimits& limits, bool counts_only = false);

/// For the model of `lease`. With a prefill the request has prompt_ids instead of messages. Errors: 400.
ReadyChat ready_message(const Lease& lease, const MessageCall& call);

}  // namespace hearth
