// HEAD and POST of /api/blobs/{digest}: files to make models of.
#include <fmt/format.h>

#include "server/api/model_answer.h"
#include "server/api/ollama/managing_context.h"
#include "server/api/ollama/ollama_api.h"

namespace hearth {

void ollama_find_blob(ManagingContext& context, const std::shared_ptr<Exchange>& exchange) {
  const std::string digits = BlobStore::digits_of(exchange->request().path_param("digest"), "digest");
  if (context.blobs.find(digits)) return exchange->respond(200, "application/octet-stream", "");
  throw HttpError(ErrorCode::kNotFound, fmt::format("there is no blob sha256:{}", digits), {});
}

void ollama_put_blob(ManagingContext& context, const std::shared_ptr<Exchange>& exchange) {
  const std::string digits = BlobStore::digits_of(exchange->request().path_param("digest"), "digest");
  if (context.blobs.find(digits)) return exchange->respond(200, "application/octet-stream", "");
  // Gigabytes are hashed here: not on a handler's thread.
  context.submit([&context, exchange, digits] {
    try {
      context.blobs.tidy();
      HashProgress progress;
      progress.cancel = &context.stopping;
      context.blobs.put(digits, exchange->request().body_file, progress);
      exchange->respond(201, "application/octet-stream", "");
    } catch (...) {
      exchange->fail(to_http_error(std::current_exception()));
    }
  });
}

}  // namespace hearth
