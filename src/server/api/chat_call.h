// A conversation that is to be answered, however an API wrote it: from fields to what the model is asked, and from its
// text to events. Every dialect with conversations stands on it.
#pragma once

#include <string>
#include <vector>

#include "hearth/model.h"
#include "runtime/manager/model_lease.h"
#include "server/api/tools/answer_parser.h"
#include "server/api/tools/apply_tools.h"
#include "server/api/tools/tool_definitions.h"

namespace hearth {

struct ChatCall {
  GenerateRequest request;  ///< with messages, sampling, constraint …: all but what the tools add
  ToolPlan tools;
  bool split_reasoning = true;  ///< false: <think> stays in the text
};

struct ReadyChat {
  GenerateRequest request;
  AnswerFormat format;
};

/// Tools and reasoning brought to the model of `lease`, whose overlay's messages go first. Errors: 400.
ReadyChat ready_chat(const Lease& lease, ChatCall call);

}  // namespace hearth
