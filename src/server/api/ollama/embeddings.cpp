// POST /api/embeddings: the older form of /api/embed, with one text and a vector that is not normalised.
#include <utility>

#include "server/api/api_answer.h"
#include "server/api/model_vectors.h"
#include "server/api/ollama/keep_alive.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/request_fields.h"

namespace hearth {

void ollama_embeddings(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  VectorsRequest request;
  request.model = read_model_name(fields);
  request.keep_alive = read_keep_alive(fields);
  request.truncate = true;
  request.options.normalize = false;
  request.param = "prompt";
  fields.object("options");
  std::string prompt = fields.string("prompt").value_or("");
  if (prompt.empty()) {  // the model is loaded, no more
    AcquireOptions options;
    options.keep_alive = request.keep_alive;
    return with_model(context, exchange, request.model, options, [exchange](const Lease& /*lease*/) {
      respond_json(*exchange, json::object{{"embedding", json::array()}});
    });
  }
  request.inputs.emplace_back(std::move(prompt));
  make_vectors(context, exchange, std::move(request), [exchange](const Vectors& vectors) {
    const std::vector<float>& row = vectors.rows.at(0);
    respond_json(*exchange, json::object{{"embedding", json::array(row.begin(), row.end())}});
  });
}

}  // namespace hearth
