// Anthropic's Messages API: its handlers, and the routes that lead to them.
#pragma once

#include <memory>

#include "server/api/api_context.h"
#include "server/http/router.h"

namespace hearth {

/// POST /v1/messages.
void create_message(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
/// POST /v1/messages/count_tokens.
void count_message_tokens(ApiContext& context, const std::shared_ptr<Exchange>& exchange);

/// `context` must outlive the router's use.
void add_anthropic_routes(Router& router, ApiContext& context);

}  // namespace hearth
