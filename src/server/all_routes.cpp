#include "server/all_routes.h"

#include <utility>

#include "server/api/anthropic/anthropic_api.h"
#include "server/api/conversations/conversations_api.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/openai/openai_api.h"
#include "server/api/openapi/openapi.h"
#include "server/api/responses/responses_api.h"
#include "server/web/web_routes.h"

namespace hearth {

void add_all_routes(Router& router, ApiContext& context, Conversations& conversations, OperationsHooks hooks) {
  add_operations_routes(router, context, std::move(hooks));
  add_openapi_route(router);
  add_openai_routes(router, context);
  add_responses_routes(router, context);
  add_anthropic_routes(router, context);
  add_ollama_routes(router, context);
  add_conversation_routes(router, conversations);
  add_web_routes(router);
}

}  // namespace hearth
