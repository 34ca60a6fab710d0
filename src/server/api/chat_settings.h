// What shapes the answers of a conversation, as /v1/chat/completions names it; kept conversations hold the same fields.
#pragma once

#include "server/api/api_context.h"
#include "server/api/chat_call.h"
#include "server/api/request_fields.h"

namespace hearth {

/// Sampling, stop strings, the most tokens, the form of the answer, variables of the template, reasoning. Fields that
/// are missing leave `call` as it is. Errors: 400 naming the field.
void read_chat_settings(const RequestFields& fields, const ApiLimits& limits, ChatCall& call);

}  // namespace hearth
