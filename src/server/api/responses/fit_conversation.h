// A conversation that is too long for a model's context, cut at its beginning, for who asks for that.
#pragma once

#include "runtime/manager/model_lease.h"
#include "server/api/chat_call.h"

namespace hearth {

/// ready_chat() with as many of the last turns as leave room for the answer: for `max_tokens` of it where they are
/// given, else for a quarter of the context. System messages at the beginning and the last turn always stay; a turn
/// begins with a message of the user, so that calls keep their results. Errors: as ready_chat().
ReadyChat fit_conversation(const Lease& lease, const ChatCall& call);

}  // namespace hearth
