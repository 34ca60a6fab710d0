// Kept conversations behind the API: the store, opened when it is first needed, and the answers that are being written.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <string>

#include "hearth/conversations.h"
#include "server/api/api_context.h"
#include "server/api/conversations/running_answers.h"

namespace hearth {

/// Thread-safe.
class Conversations {
 public:
  /// `database`: a path; empty: the usual one. Nothing is opened here, so that a server whose store is broken still
  /// offers everything else.
  Conversations(ApiContext& context, std::string database);

  /// Opens it where it is not open. A failure is remembered for a few seconds. Errors: StoreError.
  std::shared_ptr<ConversationStore> store();
  RunningAnswers& answers() { return answers_; }
  ApiContext& context() { return context_; }

  /// What runs has so long to end, and is then stored as it is.
  void stop(std::chrono::milliseconds patience) { answers_.stop(patience); }

 private:
  using Clock = std::chrono::steady_clock;

  ApiContext& context_;
  const std::string database_;
  std::mutex mutex_;
  std::shared_ptr<ConversationStore> store_;
  std::exception_ptr problem_;
  Clock::time_point next_try_{}, next_purge_{};
  RunningAnswers answers_;  ///< last: it uses the store until it is gone
};

}  // namespace hearth
