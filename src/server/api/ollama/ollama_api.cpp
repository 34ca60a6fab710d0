#include "server/api/ollama/ollama_api.h"

#include "server/api/ollama/managing_context.h"

namespace hearth {
namespace {

/// Model files may be as large as the disk allows: they are spooled there, and a full one is an error of its own.
constexpr std::uint64_t kLargestBlob = std::uint64_t{1} << 40;

}  // namespace

void add_ollama_routes(Router& router, ApiContext& context) {
  const auto add = [&](const char* method, const char* pattern, Scope scope,
                       void (*handler)(ApiContext&, const std::shared_ptr<Exchange>&)) {
    router.add(method, pattern, scope,
               [&context, handler](const std::shared_ptr<Exchange>& exchange) { handler(context, exchange); });
  };
  add("POST", "/api/generate", Scope::kChat, ollama_generate);
  add("POST", "/api/chat", Scope::kChat, ollama_chat);
  add("POST", "/api/embed", Scope::kEmbed, ollama_embed);
  add("POST", "/api/embeddings", Scope::kEmbed, ollama_embeddings);
  add("GET", "/api/tags", Scope::kAny, ollama_tags);
  add("POST", "/api/show", Scope::kAny, ollama_show);
  add("GET", "/api/ps", Scope::kAny, ollama_ps);
  add("GET", "/api/version", Scope::kAny, ollama_version);
  add("POST", "/api/copy", Scope::kManage, ollama_copy);
  add("POST", "/api/push", Scope::kManage, ollama_push);

  const auto managing = std::make_shared<ManagingContext>(context);
  const auto add_managing = [&](const char* method, const char* pattern,
                                void (*handler)(ManagingContext&, const std::shared_ptr<Exchange>&),
                                const RouteOptions& options = {}) {
    router.add(
        method, pattern, Scope::kManage,
        [managing, handler](const std::shared_ptr<Exchange>& exchange) { handler(*managing, exchange); }, options);
  };
  add_managing("POST", "/api/pull", ollama_pull);
  add_managing("POST", "/api/create", ollama_create);
  add_managing("DELETE", "/api/delete", ollama_delete);
  add_managing("HEAD", "/api/blobs/{digest}", ollama_find_blob);
  RouteOptions blob;
  blob.max_body_bytes = kLargestBlob;
  blob.body_to_file = true;
  add_managing("POST", "/api/blobs/{digest}", ollama_put_blob, blob);
}

}  // namespace hearth
