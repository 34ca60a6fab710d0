#include "server/api/anthropic/anthropic_api.h"

namespace hearth {

void add_anthropic_routes(Router& router, ApiContext& context) {
  const auto add = [&](const char* pattern, void (*handler)(ApiContext&, const std::shared_ptr<Exchange>&)) {
    router.add("POST", pattern, Scope::kChat,
               [&context, handler](const std::shared_ptr<Exchange>& exchange) { handler(context, exchange); });
  };
  add("/v1/messages", create_message);
  add("/v1/messages/count_tokens", count_message_tokens);
}

}  // namespace hearth
