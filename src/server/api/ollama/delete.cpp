// DELETE /api/delete: a model that was made, copied or fetched goes.
#include <fmt/format.h>

#include "base/quote.h"
#include "server/api/ollama/made_model.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {

void ollama_delete(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const std::string name = read_model_name(RequestFields(body));
  const OfferedModel model = context.models.resolve(name);
  if (model.store == "overlay" && model.parent == import_name(model.id)) {
    for (const OfferedModel& other : context.models.offered()) {
      if (other.store != "overlay" || other.parent != model.parent || other.id == model.id) continue;
      throw bad_field("model", fmt::format("{} cannot be removed: {} is made of it; remove that one first",
                                           quote(model.id), quote(other.id)));
    }
  }
  context.models.remove(name);
  if (model.store == "overlay" && model.parent == import_name(model.id)) {
    try {
      context.models.remove(model.parent);  // the file that was imported for it
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;  // others are made of it: it stays for them
    }
  }
  exchange->respond(200, "application/json", "");
}

}  // namespace hearth
