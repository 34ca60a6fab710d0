// What a request to the Responses API asks for, and what becomes of it with a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hearth/model.h"
#include "runtime/manager/model_lease.h"
#include "server/api/api_context.h"
#include "server/api/chat_call.h"
#include "server/api/request_fields.h"
#include "server/api/responses/response_store.h"

namespace hearth {

struct ResponseCall {
  json::object body;
  std::string model, previous;
  json::array input;                  ///< its own items, complete
  std::vector<ChatMessage> messages;  ///< instructions, what it goes on with, and its own input
  ToolPlan tools;
  Constraint constraint;
  std::string variables_json;        ///< for the chat template; may be empty
  std::int64_t max_tokens = -1;      ///< -1: the context alone limits it
  std::int32_t logprobs = -1;        ///< as GenerateRequest::logprobs
  bool summarise_reasoning = false;  ///< reasoning is shown as its summary instead of as its content
  bool drop_oldest = false;          ///< "truncation": "auto"
  Priority priority = Priority::kInteractive;
  bool store = true, stream = false;
};

/// Reads all of a body that can be checked without a model; `owner` is who may go on with what. Errors: 400 naming the
/// field.
ResponseCall read_response_call(json::object body, const ApiLimits& limits, ResponseStore& store,
                                const std::string& owner);

/// For the model of `lease`. Errors: 400.
ReadyChat ready_response(const Lease& lease, const ResponseCall& call);

/// What every response says of the request that it answers.
json::object response_settings(const ResponseCall& call);

}  // namespace hearth
