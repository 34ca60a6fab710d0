// GET /api/tags: the models that can be used.
#include <algorithm>
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"

namespace hearth {

void ollama_tags(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  std::vector<OfferedModel> offered = context.models.offered();
  std::stable_sort(offered.begin(), offered.end(),
                   [](const OfferedModel& a, const OfferedModel& b) { return a.modified > b.modified; });
  json::array models;
  for (const OfferedModel& model : offered) {
    const std::string name = tagged_name(model.id);
    models.push_back({{"name", name},
                      {"model", name},
                      {"modified_at", rfc3339(model.modified)},
                      {"size", model.bytes},
                      {"digest", model.digest},
                      {"details", model_details(model)}});
  }
  respond_json(*exchange, json::object{{"models", std::move(models)}});
}

}  // namespace hearth
