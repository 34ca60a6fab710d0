// GET /v1/models and /v1/models/{id}, as OpenAI and Anthropic describe them: what one has and the other has not harms
// no client.
#include "server/api/openai/openai_api.h"
#include "server/api/openai/openai_json.h"
#include "server/api/rfc3339.h"

namespace hearth {
namespace {

json::object model_object(const OfferedModel& model) {
  json::object object;
  object["id"] = model.id;
  object["object"] = "model";
  object["created"] = model.modified;
  object["owned_by"] = "hearth";
  // Anthropic's clients ask at the same address.
  object["type"] = "model";
  object["display_name"] = model.id;
  object["created_at"] = rfc3339(model.modified);
  if (!model.parent.empty()) object["parent"] = model.parent;
  object["meta"] = {{"n_params", model.parameters},       {"size", model.bytes},
                    {"n_ctx_train", model.context},       {"n_embd", model.embedding_length},
                    {"quantization", model.quantization}, {"architecture", model.family}};
  json::array capabilities;
  for (const std::string& capability : model.capabilities) capabilities.emplace_back(capability);
  object["capabilities"] = std::move(capabilities);
  return object;
}

}  // namespace

void list_models(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  json::array data;
  for (const OfferedModel& model : context.models.offered()) data.push_back(model_object(model));
  json::object list{{"object", "list"}, {"has_more", false}, {"first_id", nullptr}, {"last_id", nullptr}};
  if (!data.empty()) {
    list["first_id"] = data.front().at("id");
    list["last_id"] = data.back().at("id");
  }
  list["data"] = std::move(data);
  respond_json(*exchange, list);
}

void show_model(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  try {
    respond_json(*exchange, model_object(context.models.resolve(exchange->request().path_param("model"))));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw HttpError(error.code(), error.message(), {404, "invalid_request_error", "model", "model_not_found", 0},
                    error.hint());
  }
}

}  // namespace hearth
