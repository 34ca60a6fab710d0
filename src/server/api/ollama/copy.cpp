// POST /api/copy: a second name.
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {

void ollama_copy(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  context.models.copy(fields.required_string("source"), fields.required_string("destination"));
  exchange->respond(200, "application/json", "");
}

}  // namespace hearth
