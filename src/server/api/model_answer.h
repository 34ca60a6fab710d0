// One request that a model answers: it gets the model, submits what a dialect made of the request, once for each
// choice, and hands the pieces back one at a time. When the client goes, so does the work. It knows no JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/manager/model_manager.h"
#include "server/api/api_context.h"
#include "server/http/error_answer.h"
#include "server/http/exchange.h"

namespace hearth {

/// What a handler or a model threw, as an answer to a client of an API: unknown models and full contexts get the codes
/// that clients look for. What is no Error is kInternal without its text.
HttpError to_http_error(const std::exception_ptr& problem);

/// Gets the model `name` and calls `then` on a handler thread; failures answer the exchange. `then` may throw.
void with_model(ApiContext& context, const std::shared_ptr<Exchange>& exchange, const std::string& name,
                const AcquireOptions& options, std::function<void(Lease)> then);

class ModelAnswer : public std::enable_shared_from_this<ModelAnswer> {
 public:
  ModelAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange);
  virtual ~ModelAnswer() = default;
  ModelAnswer(const ModelAnswer&) = delete;
  ModelAnswer& operator=(const ModelAnswer&) = delete;

  /// Begins; returns at once. `keep_alive` as the manager takes it.
  void run(const std::string& model, std::optional<KeepAlive> keep_alive = std::nullopt);

 protected:
  using Clock = std::chrono::steady_clock;

  /// On a handler thread: what to submit, one for each choice. May throw. An empty list: the dialect has answered.
  virtual std::vector<GenerateRequest> prepare() = 0;
  // Then one at a time, on the model's thread, so they are quick.
  virtual void on_start(std::int64_t /*prompt_tokens*/) {}  ///< of the first choice: evaluation begins
  virtual void on_piece(std::size_t /*choice*/, const AnswerPiece& /*piece*/) {}
  virtual void on_choice(std::size_t choice, Generation generation) = 0;  ///< it is complete
  virtual void on_complete() = 0;                                         ///< all are
  /// Something failed behind the begin of a stream: say so in it. The stream is ended then.
  virtual void on_stream_error(const HttpError& /*error*/) {}
  /// "tool_calls" where the dialect found calls in the answer; for the metrics.
  virtual const char* outcome(const Generation& generation) const;

  ApiContext& context() { return context_; }
  Exchange& exchange() { return *exchange_; }
  const Lease& lease() const { return lease_; }
  Clock::time_point arrived() const { return arrived_; }
  /// Ends the work of a choice early (a dialect has seen all that it wants).
  void cancel_choice(std::size_t choice);

  Priority priority = Priority::kInteractive;

 private:
  void start(Lease lease);
  void submit(std::size_t choice, GenerateRequest request);
  void piece(std::size_t choice, const AnswerPiece& piece);
  void done(std::size_t choice, Generation generation, const std::exception_ptr& problem);
  void guarded(const std::function<void()>& call);
  void fail(const std::exception_ptr& problem);
  void cancel_all();
  void record(std::size_t choice, const Generation& generation, const char* outcome);

  struct Choice {
    std::shared_ptr<Job> job;
    std::optional<Clock::time_point> started, first_token, last_piece;
    bool is_done = false;
  };

  ApiContext& context_;
  std::shared_ptr<Exchange> exchange_;
  const Clock::time_point arrived_ = Clock::now();
  Lease lease_;

  std::recursive_mutex
      calls_;        ///< held while the dialect is called: choices may end on other threads, and in a cancel()
  std::mutex jobs_;  ///< held for the rest
  std::vector<Choice> choices_;
  std::size_t n_open_ = 0;
  bool started_ = false, failed_ = false, is_gone_ = false;
};

}  // namespace hearth
