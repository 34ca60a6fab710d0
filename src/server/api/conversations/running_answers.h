// All answers that are being written, and the thread that brings their text to the store: about once a second, and when
// they have ended. Only then is anybody told of the end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/api/conversations/running_answer.h"

namespace hearth {

/// Thread-safe.
class RunningAnswers {
 public:
  /// `store` gives the store, or throws where it cannot be used.
  RunningAnswers(ApiContext& context, std::function<std::shared_ptr<ConversationStore>()> store);
  ~RunningAnswers();  ///< as stop(0)
  RunningAnswers(const RunningAnswers&) = delete;
  RunningAnswers& operator=(const RunningAnswers&) = delete;

  /// Begins an answer that is in the store. Errors: 503 when the server is stopping.
  void start(const std::string& model, AnswerCall call);
  /// nullptr where it does not run here.
  std::shared_ptr<RunningAnswer> find(const std::string& message_id) const;
  /// Those of a conversation.
  std::vector<std::shared_ptr<RunningAnswer>> of(const std::string& conversation_id) const;
  /// Takes what is newer in memory than in the store, but for its siblings.
  void refresh(StoredMessage& message) const;

  /// Takes no more; what runs has so long to end, and is then stored as it is.
  void stop(std::chrono::milliseconds patience);

 private:
  using Answers = std::vector<std::shared_ptr<RunningAnswer>>;
  void keep();
  void store_texts(const Answers& answers);
  void finish(const std::shared_ptr<RunningAnswer>& answer, const std::string& problem);
  Answers all() const;

  ApiContext& context_;
  const std::function<std::shared_ptr<ConversationStore>()> store_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<RunningAnswer>> answers_;
  std::map<std::string, AnswerUpdate> unstored_;  ///< ended, and not stored for some failure of the disk; keeper's own
  std::thread keeper_;                            ///< from the first answer on
  bool is_due_ = false, is_stopping_ = false, is_over_ = false;
};

}  // namespace hearth
