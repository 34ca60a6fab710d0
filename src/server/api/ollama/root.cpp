// GET and HEAD of "/".
#include "server/api/ollama/ollama_api.h"

namespace hearth {

void show_root(ApiContext& /*context*/, const std::shared_ptr<Exchange>& exchange) {
  exchange->respond(200, "text/plain; charset=utf-8", "Hearth is running");
}

}  // namespace hearth
