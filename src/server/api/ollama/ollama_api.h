// Ollama's API: the handlers of /api, and the routes that lead to them.
#pragma once

#include <memory>

#include "runtime/manager/model_manager.h"
#include "server/api/api_context.h"
#include "server/http/router.h"

namespace hearth {

struct ManagingContext;

void ollama_generate(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_chat(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_embed(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_embeddings(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_tags(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_show(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_ps(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_copy(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_push(ApiContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_version(ApiContext& context, const std::shared_ptr<Exchange>& exchange);

// These work on files; most take longer than a handler may.
void ollama_pull(ManagingContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_create(ManagingContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_delete(ManagingContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_find_blob(ManagingContext& context, const std::shared_ptr<Exchange>& exchange);
void ollama_put_blob(ManagingContext& context, const std::shared_ptr<Exchange>& exchange);

/// Those of /api; "/" is the page's (server/web). `context` must outlive the router's use; what pulls and creates run
/// on goes with the router.
void add_ollama_routes(Router& router, ApiContext& context);

}  // namespace hearth
