// What pulling and making models work with: threads of their own, so that they never hold up an answer, and the pulls
// that callers share.
#pragma once

#include <atomic>
#include <functional>

#include "base/task_threads.h"
#include "server/api/api_context.h"
#include "server/api/ollama/blob_store.h"
#include "server/api/ollama/shared_pulls.h"

namespace hearth {

struct ManagingContext {
  explicit ManagingContext(ApiContext& context_of_all);
  ~ManagingContext();  ///< what runs is cancelled
  ManagingContext(const ManagingContext&) = delete;
  ManagingContext& operator=(const ManagingContext&) = delete;

  /// Runs `work` on one of the threads. `work` must not throw. Errors: 503 where too many wait already.
  void submit(std::function<void()> work);

  ApiContext& context;
  std::atomic<bool> stopping{false};
  BlobStore blobs;
  SharedPulls pulls;

 private:
  TaskThreads threads_;  ///< last: it goes first
};

}  // namespace hearth
