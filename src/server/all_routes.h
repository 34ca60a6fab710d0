// Every route of the server, in one place, so that what describes them can be compared with them.
#pragma once

#include "server/api/api_context.h"
#include "server/api/conversations/conversations.h"
#include "server/http/router.h"
#include "server/operations.h"

namespace hearth {

/// `context` and `conversations` must outlive the router's use.
void add_all_routes(Router& router, ApiContext& context, Conversations& conversations, OperationsHooks hooks);

}  // namespace hearth
