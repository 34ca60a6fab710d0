// DELETE /api/delete: a model that was made, copied or fetched goes.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/quote.h"
#include "server/api/ollama/made_model.h"
#include "server/api/ollama/managing_context.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {

void ollama_delete(ManagingContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const std::string name = read_model_name(RequestFields(body));
  ModelManager& models = context.context.models;
  const OfferedModel model = models.resolve(name);
  if (model.store == "overlay" && model.parent == import_name(model.id)) {
    for (const OfferedModel& other : models.offered()) {
      if (other.store != "overlay" || other.parent != model.parent || other.id == model.id) continue;
      throw bad_field("model", fmt::format("{} cannot be removed: {} is made of it; remove that one first",
                                           quote(model.id), quote(other.id)));
    }
  }
  const std::vector<std::filesystem::path> blobs = context.blobs.links_of(model.files);  // while they can be compared
  models.remove(name);
  if (model.store == "overlay" && model.parent == import_name(model.id)) {
    try {
      models.remove(model.parent);  // the file that was imported for it
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;  // others are made of it: it stays for them
    }
  }
  // Where the model still is (another name of it was removed, or others are made of it), its blob takes no room.
  std::error_code ignored;
  const bool is_gone = std::none_of(model.files.begin(), model.files.end(),
                                    [&](const std::string& file) { return std::filesystem::exists(file, ignored); });
  for (const std::filesystem::path& blob : blobs) {
    if (is_gone) std::filesystem::remove(blob, ignored);
  }
  exchange->respond(200, "application/json", "");
}

}  // namespace hearth
