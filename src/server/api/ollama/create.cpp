// POST /api/create: makes a model of another one or of files.
#include <utility>

#include "server/api/model_answer.h"
#include "server/api/ollama/model_maker.h"
#include "server/api/ollama/ollama_api.h"

namespace hearth {
namespace {

void run(ManagingContext& context, const CreateCall& call, const std::shared_ptr<Exchange>& exchange) {
  StatusStream stream(exchange, call.stream);
  try {
    make_model(context, call, stream);
    stream.succeed();
  } catch (...) {
    stream.fail(to_http_error(std::current_exception()));
  }
}

}  // namespace

void ollama_create(ManagingContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  CreateCall call = read_create_call(RequestFields(body), context.context.limits);
  if (!call.works_on_files()) {
    context.context.models.resolve(call.from);  // one that is not there is a 404, and no line of a stream
    return run(context, call, exchange);
  }
  context.submit([&context, call = std::move(call), exchange] { run(context, call, exchange); });
}

}  // namespace hearth
