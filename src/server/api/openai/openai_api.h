// OpenAI's API: the handlers of /v1, and the routes that lead to them.
#pragma once

#include <memory>

#include "runtime/manager/model_manager.h"
#include "server/api/api_context.h"
#include "server/http/router.h"

namespace hearth {

void list_models(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void show_model(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void create_chat_completion(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void create_completion(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void create_embeddings(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void rerank(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void tokenize(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void detokenize(ApiContext& context, const std::shared_ptr<Exchange>& exchange);

/// `context` must outlive the router's use.
void add_openai_routes(Router& router, ApiContext& context);

}  // namespace hearth
