#include "server/api/responses/responses_api.h"

namespace hearth {

void add_responses_routes(Router& router, ApiContext& context) {
  const auto store = std::make_shared<ResponseStore>();
  const auto add = [&](const char* method, const char* pattern,
                       void (*handler)(ApiContext&, ResponseStore&, const std::shared_ptr<Exchange>&)) {
    router.add(method, pattern, Scope::kChat, [&context, store, handler](const std::shared_ptr<Exchange>& exchange) {
      handler(context, *store, exchange);
    });
  };
  add("POST", "/v1/responses", create_response);
  add("POST", "/v1/responses/input_tokens", count_response_tokens);
  add("GET", "/v1/responses/{id}", show_response);
  add("DELETE", "/v1/responses/{id}", delete_response);
  add("POST", "/v1/responses/{id}/cancel", cancel_response);
  add("GET", "/v1/responses/{id}/input_items", list_input_items);
}

}  // namespace hearth
