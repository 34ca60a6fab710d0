// One answer that is being written, whether or not somebody listens. It keeps its text in memory; RunningAnswers brings
// that to the store.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "hearth/conversations.h"
#include "server/api/model_work.h"
#include "server/api/tools/answer_parser.h"
#include "server/http/exchange.h"

namespace hearth {

/// What is to be answered.
struct AnswerCall {
  std::string conversation_id;
  StoredMessage message;              ///< the answer as it is stored: running; with the text that it goes on from
  std::vector<ChatMessage> messages;  ///< all before it
  std::optional<std::string> chat_template;  ///< instead of the model's own
  StoredMessage question;                    ///< attachments whose tokens are not known yet are counted
  std::function<void(const std::string& message_id, const std::vector<std::int64_t>& tokens)> on_attachment_tokens;
};

class RunningAnswer : public ModelWork {
 public:
  /// `on_end`: from any thread, once; the answer is complete then, and to be stored.
  RunningAnswer(ApiContext& context, AnswerCall call, std::function<void()> on_end);

  const std::string& id() const { return id_; }
  const std::string& conversation_id() const { return call_.conversation_id; }
  /// As it stands. It runs until its end is stored: what is said to be done can be gone on with.
  StoredMessage snapshot() const;
  /// What is to be stored, where something has changed since the last time.
  std::optional<AnswerUpdate> take_update();
  bool has_ended() const;

  /// Sends everything from the snapshot on, and ends the stream with the answer. False: the answer was told already.
  bool listen(const std::shared_ptr<Exchange>& exchange);
  /// Called with the answer as it was stored. False: as listen().
  bool when_told(std::function<void(const StoredMessage&)> callback);
  /// A comment for those who have not heard anything for a while.
  void keep_open();

  /// Somebody wants no more of it: it is kept as it is.
  void stop();
  /// The server ends: somebody may go on with it later.
  void cut();

  /// It has been stored (or cannot be: `problem`). Tells everybody.
  void tell(const std::string& problem = {});

 private:
  enum class Wish { kGoOn, kStop, kCut };

  std::vector<GenerateRequest> prepare() override;
  void on_start(std::int64_t prompt_tokens, std::int64_t reused_tokens) override;
  void on_piece(std::size_t choice, const AnswerPiece& piece) override;
  void on_choice(std::size_t choice, Generation generation) override;
  void on_complete() override {}
  void on_cancelled(std::size_t choice, const Generation& generation) override;
  void on_failure(const HttpError& error) override;

  // REQUIRES of all: the lock.
  StoredMessage shown() const;  ///< as snapshot()
  void take(const std::vector<AnswerEvent>& events);
  void set_progress(json::object progress);
  void broadcast(const std::string& bytes);
  void take_facts(const GenerationStats& stats);

  void count_attachments();
  void end(MessageState state, const std::string& finish_reason, const HttpError* error);
  void end_as_wished(const HttpError* error);

  AnswerCall call_;  // fixed, but for the message
  const std::string id_;
  const std::function<void()> on_end_;

  mutable std::mutex mutex_;
  std::optional<AnswerParser> parser_;
  std::string raw_;
  std::int64_t tokens_before_ = 0;  // of an answer that goes on
  std::optional<Clock::time_point> first_piece_;
  json::object progress_;
  bool is_dirty_ = false, has_ended_ = false, is_told_ = false;
  Wish wish_ = Wish::kGoOn;
  Clock::time_point last_sent_ = Clock::now();
  std::vector<std::shared_ptr<Exchange>> listeners_;
  std::vector<std::function<void(const StoredMessage&)>> callbacks_;
};

}  // namespace hearth
