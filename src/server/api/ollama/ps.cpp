// GET /api/ps: the models that are loaded.
#include <chrono>
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"

namespace hearth {
namespace {

std::chrono::system_clock::time_point expiry(const LoadedModelStatus& loaded) {
  if (loaded.expires) return *loaded.expires;
  const auto now = std::chrono::system_clock::now();
  if (!loaded.is_pinned && loaded.keep_alive.count() >= 0) return now + loaded.keep_alive;  // in use: from its end on
  // "For ever" is a time too in this API, and clients take one more than a few decades away for that.
  constexpr auto kForEver = std::chrono::hours(24 * 365 * 100);
  return now + kForEver;
}

}  // namespace

void ollama_ps(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  json::array models;
  for (const LoadedModelStatus& loaded : context.models.status().loaded) {
    if (!loaded.is_current) continue;
    OfferedModel model;
    try {
      model = context.models.resolve(loaded.id);
    } catch (const Error&) {
      model.id = loaded.id;  // its file is gone, and it is still there
    }
    const std::string name = tagged_name(loaded.id);
    models.push_back({{"name", name},
                      {"model", name},
                      {"size", loaded.bytes},
                      {"digest", model.digest},
                      {"details", model_details(model)},
                      {"expires_at", rfc3339(expiry(loaded))},
                      {"size_vram", 0},
                      {"context_length", loaded.context}});
  }
  respond_json(*exchange, json::object{{"models", std::move(models)}});
}

}  // namespace hearth
