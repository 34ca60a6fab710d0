#include "server/api/openai/openai_api.h"

namespace hearth {

void add_openai_routes(Router& router, ApiContext& context) {
  const auto add = [&](const char* method, const char* pattern, Scope scope,
                       void (*handler)(ApiContext&, const std::shared_ptr<Exchange>&)) {
    router.add(method, pattern, scope,
               [&context, handler](const std::shared_ptr<Exchange>& exchange) { handler(context, exchange); });
  };
  add("GET", "/v1/models", Scope::kAny, list_models);
  add("GET", "/v1/models/{model...}", Scope::kAny, show_model);
  add("POST", "/v1/chat/completions", Scope::kChat, create_chat_completion);
  add("POST", "/v1/completions", Scope::kChat, create_completion);
  add("POST", "/v1/embeddings", Scope::kEmbed, create_embeddings);
  for (const char* pattern : {"/v1/rerank", "/rerank"}) add("POST", pattern, Scope::kEmbed, rerank);
  for (const char* pattern : {"/v1/tokenize", "/tokenize"}) add("POST", pattern, Scope::kChat, tokenize);
  for (const char* pattern : {"/v1/detokenize", "/detokenize"}) add("POST", pattern, Scope::kChat, detokenize);
}

}  // namespace hearth
