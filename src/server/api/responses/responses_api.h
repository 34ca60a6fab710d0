// OpenAI's Responses API: its handlers, and the routes that lead to them. Answers are kept in memory, so that later
// requests can go on with them.
#pragma once

#include <memory>

#include "server/api/api_context.h"
#include "server/api/responses/response_store.h"
#include "server/http/router.h"

namespace hearth {

// Each for POST /v1/responses or what stands behind it.
void create_response(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange);
void count_response_tokens(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange);
void show_response(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange);
void delete_response(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange);
void cancel_response(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange);
void list_input_items(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange);

/// `context` must outlive the router's use; the store lives with the router.
void add_responses_routes(Router& router, ApiContext& context);

}  // namespace hearth
