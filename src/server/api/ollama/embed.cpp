// POST /api/embed.
#include <fmt/format.h>

#include <utility>

#include "server/api/api_answer.h"
#include "server/api/model_vectors.h"
#include "server/api/ollama/keep_alive.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

json::object vectors_object(const std::string& model, const Vectors& vectors) {
  json::array rows;
  for (const std::vector<float>& row : vectors.rows) rows.emplace_back(json::array(row.begin(), row.end()));
  return {{"model", model},
          {"embeddings", std::move(rows)},
          {"total_duration", nanoseconds(vectors.total_seconds)},
          {"load_duration", nanoseconds(vectors.load_seconds)},
          {"prompt_eval_count", vectors.tokens}};
}

}  // namespace

void ollama_embed(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  VectorsRequest request;
  const std::string model = request.model = read_model_name(fields);
  request.keep_alive = read_keep_alive(fields);
  request.truncate = fields.boolean("truncate").value_or(true);
  request.options.dimensions = fields.integer("dimensions", 0, 1 << 20).value_or(0);
  fields.object("options");  // wrong types are refused, as everywhere
  for (std::string& text : fields.strings("input", context.limits.max_inputs))
    request.inputs.emplace_back(std::move(text));
  if (request.inputs.empty() || (request.inputs.size() == 1 && std::get<std::string>(request.inputs[0]).empty())) {
    // Nothing to embed: the model is loaded, no more.
    AcquireOptions options;
    options.keep_alive = request.keep_alive;
    return with_model(context, exchange, model, options, [exchange, model](const Lease& lease) {
      Vectors none;
      none.load_seconds = none.total_seconds = lease.load_seconds();
      respond_json(*exchange, vectors_object(model, none));
    });
  }
  make_vectors(context, exchange, std::move(request),
               [exchange, model](const Vectors& vectors) { respond_json(*exchange, vectors_object(model, vectors)); });
}

}  // namespace hearth
