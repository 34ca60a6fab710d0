#include "server/api/ollama/managing_context.h"

#include <cstddef>
#include <utility>

#include "server/http/error_answer.h"

namespace hearth {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kMostWaiting = 64;

}  // namespace

ManagingContext::ManagingContext(ApiContext& context_of_all)
    : context(context_of_all), blobs(BlobStore::usual_folder()), threads_(kThreads, {.max_waiting = kMostWaiting}) {}

ManagingContext::~ManagingContext() {
  stopping = true;
  pulls.cancel_all();
  threads_.stop();
}

void ManagingContext::submit(std::function<void()> work) {
  constexpr int kRetrySeconds = 10;
  if (threads_.submit(std::move(work))) return;
  throw HttpError(ErrorCode::kBusy, "too many models are being fetched or made already",
                  {503, "", "", "", kRetrySeconds});
}

}  // namespace hearth
