// POST /api/push, which is not offered.
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {

void ollama_push(ApiContext& /*context*/, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  read_model_name(RequestFields(body));
  throw bad_field("model", "models cannot be pushed from here: Hearth has no library of its own to upload to");
}

}  // namespace hearth
