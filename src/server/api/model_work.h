// What a model is asked to do for somebody, whoever waits for it: it gets the model, submits one request for each
// choice, and hands the pieces back one at a time. It knows no client: ModelAnswer is this for an exchange,
// RunningAnswer for an answer that goes on without one.
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

namespace hearth {

/// What a handler or a model threw, as an answer to a client of an API: unknown models and full contexts get the codes
/// that clients look for. What is no Error is kInternal without its text.
HttpError to_http_error(const std::exception_ptr& problem);

/// Errors: 400 naming the field "model", by the name it is offered under, where it only embeds.
void require_generator(const Lease& lease);

/// Somebody waits for a model, and may leave before it is there.
class ModelWait {
 public:
  void began(const std::shared_ptr<Acquisition>& acquisition);
  void leave();

 private:
  std::mutex mutex_;
  std::shared_ptr<Acquisition> acquisition_;
  bool is_left_ = false;
};

/// Gets the model `name` and calls `then` on a handler thread, or `fail` with what went wrong, also in `then`.
void acquire_model(ApiContext& context, const std::string& name, const AcquireOptions& options, ModelWait& wait,
                   std::function<void(Lease)> then, std::function<void(const HttpError&)> fail);

class ModelWork : public std::enable_shared_from_this<ModelWork> {
 public:
  explicit ModelWork(ApiContext& context) : context_(context) {}
  virtual ~ModelWork() = default;
  ModelWork(const ModelWork&) = delete;
  ModelWork& operator=(const ModelWork&) = delete;

  /// Begins; returns at once. `keep_alive` as the manager takes it.
  void run(const std::string& model, std::optional<KeepAlive> keep_alive = std::nullopt);

 protected:
  using Clock = std::chrono::steady_clock;

  /// On a handler thread: what to submit, one for each choice. May throw. An empty list: there is nothing to do.
  virtual std::vector<GenerateRequest> prepare() = 0;
  // Then one at a time, on the model's thread, so they are quick.
  /// Of the first choice: evaluation begins, and so many tokens are known already.
  virtual void on_start(std::int64_t /*prompt_tokens*/, std::int64_t /*reused_tokens*/) {}
  virtual void on_piece(std::size_t /*choice*/, const AnswerPiece& /*piece*/) {}
  virtual void on_choice(std::size_t choice, Generation generation) = 0;  ///< it is complete
  virtual void on_complete() = 0;                                         ///< all are
  /// It was ended before it was complete, by cancel() or by the model's owner. Unless overridden that is a failure.
  virtual void on_cancelled(std::size_t choice, const Generation& generation);
  /// Something went wrong, at any time; once, and nothing comes behind it.
  virtual void on_failure(const HttpError& error) = 0;
  /// The field that is wrong where a prompt does not fit into the context; empty where the dialect names no fields.
  virtual const char* prompt_field() const { return ""; }
  /// "tool_calls" where the dialect found calls in the answer; for the metrics.
  virtual const char* outcome(const Generation& generation) const;

  /// For prepare(): whether the model takes so many at once. Errors: 400 naming `param`, for more than it ever will.
  void check_choices(std::size_t count, const std::string& param) const;

  ApiContext& context() { return context_; }
  const Lease& lease() const { return lease_; }
  Clock::time_point arrived() const { return arrived_; }
  /// Ends the work of a choice early (a dialect has seen all that it wants).
  void cancel_choice(std::size_t choice);
  /// Ends all of it, also the wait for the model: on_cancelled() or on_failure() comes, with kCancelled.
  void cancel();
  /// As cancel(), but nothing comes any more.
  void abandon();

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
  const Clock::time_point arrived_ = Clock::now();
  ModelWait wait_;
  Lease lease_;

  std::recursive_mutex
      calls_;        ///< held while the dialect is called: choices may end on other threads, and in a cancel()
  std::mutex jobs_;  ///< held for the rest
  std::vector<Choice> choices_;
  std::size_t n_open_ = 0;
  bool started_ = false, failed_ = false, is_unwanted_ = false, is_gone_ = false;
};

}  // namespace hearth
