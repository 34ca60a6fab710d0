// GET /api/version: the release of Ollama whose API is spoken here, and who speaks it.
#include "hearth/system.h"
#include "server/api/api_answer.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"

namespace hearth {

void ollama_version(ApiContext& /*context*/, const std::shared_ptr<Exchange>& exchange) {
  respond_json(*exchange, {{"version", kOllamaVersion}, {"hearth", system_report().version}});
}

}  // namespace hearth
