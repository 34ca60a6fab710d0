#include "server/api/model_answer.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "base/task_threads.h"
#include "server/metrics/metrics.h"

namespace hearth {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

class ModelWait {
 public:
  void began(std::shared_ptr<Acquisition> acquisition) {
    const std::lock_guard lock(mutex_);
    acquisition_ = std::move(acquisition);
    if (is_left_) acquisition_->cancel();
  }
  void leave() {
    std::shared_ptr<Acquisition> acquisition;
    {
      const std::lock_guard lock(mutex_);
      is_left_ = true;
      acquisition = acquisition_;
    }
    if (acquisition != nullptr) acquisition->cancel();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Acquisition> acquisition_;
  bool is_left_ = false;
};

ErrorDetails details_of(const Error& error) {
  ErrorDetails details;
  if (error.code() == ErrorCode::kContextLimit) {
    details.status = 400;
    details.type = "invalid_request_error";
    details.code = "context_length_exceeded";
  }
  if (error.code() == ErrorCode::kBusy) details.retry_after = 1;
  return details;
}

}  // namespace

HttpError to_http_error(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const HttpError& error) {
    return error;
  } catch (const Error& error) {
    return HttpError(error.code(), error.message(), details_of(error), error.hint());
  } catch (const std::bad_alloc&) {
    return HttpError(ErrorCode::kOutOfMemory, "out of memory", {});
  } catch (...) {
    return HttpError(ErrorCode::kInternal, "internal error", {}, "this is a bug in Hearth: please report it");
  }
}

void with_model(ApiContext& context, const std::shared_ptr<Exchange>& exchange, const std::string& name,
                const AcquireOptions& options, std::function<void(Lease)> then) {
  const auto here = std::this_thread::get_id();
  const auto on_lease = [&context, exchange, here, name, then = std::move(then)](Lease given,
                                                                                 std::exception_ptr problem) {
    const auto lease = std::make_shared<Lease>(std::move(given));
    const auto go_on = [exchange, lease, problem, name, then] {
      try {
        if (problem != nullptr) std::rethrow_exception(problem);
        if (!exchange->gone()) then(std::move(*lease));
      } catch (const HttpError& error) {
        exchange->fail(error);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kNotFound) {
          ErrorDetails details{404, "invalid_request_error", "model", "model_not_found", 0};
          return exchange->fail(HttpError(error.code(), error.message(), std::move(details), error.hint()));
        }
        exchange->fail(to_http_error(std::current_exception()));
      } catch (...) {
        exchange->fail(to_http_error(std::current_exception()));
      }
    };
    if (std::this_thread::get_id() == here) return go_on();
    if (!context.pool.submit(go_on))
      exchange->fail(HttpError(ErrorCode::kBusy, "too many requests wait already", {503, "", "", "", 1}));
  };
  exchange->note("model", name);
  // The client may go while the model is being loaded: then nobody waits for it any more. Registered first, for whoever
  // goes on registers another one.
  const auto wait = std::make_shared<ModelWait>();
  exchange->on_gone([wait] { wait->leave(); });
  wait->began(context.models.acquire(name, options, on_lease));
}

ModelAnswer::ModelAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange)
    : context_(context), exchange_(std::move(exchange)) {}

const char* ModelAnswer::outcome(const Generation& generation) const {
  return finish_reason_name(generation.finish_reason);
}

void ModelAnswer::run(const std::string& model, std::optional<KeepAlive> keep_alive) {
  AcquireOptions options;
  options.keep_alive = keep_alive;
  if (context_.limits.request_time.count() > 0) options.deadline = arrived_ + context_.limits.request_time;
  with_model(context_, exchange_, model, options,
             [self = shared_from_this()](Lease lease) { self->start(std::move(lease)); });
}

void ModelAnswer::start(Lease lease) {
  lease_ = std::move(lease);
  std::vector<GenerateRequest> requests = prepare();
  {
    const std::lock_guard lock(jobs_);
    choices_.resize(requests.size());
    n_open_ = requests.size();
  }
  exchange_->on_gone([self = weak_from_this()] {
    if (const auto answer = self.lock()) {
      {
        const std::lock_guard lock(answer->jobs_);
        answer->is_gone_ = true;
      }
      answer->cancel_all();
    }
  });
  for (std::size_t choice = 0; choice < requests.size(); ++choice) {
    try {
      submit(choice, std::move(requests[choice]));
    } catch (...) {
      const std::exception_ptr problem = std::current_exception();
      fail(problem);
      // Those that were never submitted are done; the others say so themselves.
      const std::lock_guard lock(jobs_);
      n_open_ -= requests.size() - choice;
      return;
    }
  }
}

void ModelAnswer::submit(std::size_t choice, GenerateRequest request) {
  Submission submission;
  if (context_.limits.max_tokens > 0) {
    const std::int64_t most = context_.limits.max_tokens;
    request.max_tokens = request.max_tokens < 0 ? most : std::min(request.max_tokens, most);
  }
  submission.request = std::move(request);
  submission.priority = priority;
  if (context_.limits.request_time.count() > 0) submission.deadline = arrived_ + context_.limits.request_time;
  const auto self = shared_from_this();
  submission.on_start = [self, choice](std::int64_t prompt_tokens) {
    const std::lock_guard calls(self->calls_);
    bool is_first = false;
    {
      const std::lock_guard lock(self->jobs_);
      self->choices_[choice].started = Clock::now();
      if (self->failed_) return;
      is_first = !std::exchange(self->started_, true);
    }
    if (is_first) self->guarded([&] { self->on_start(prompt_tokens); });
  };
  submission.on_piece = [self, choice](const AnswerPiece& piece) { self->piece(choice, piece); };
  submission.on_done = [self, choice](Generation generation, std::exception_ptr problem) {
    self->done(choice, std::move(generation), problem);
  };
  std::shared_ptr<Job> job = lease_->submit(std::move(submission));
  bool is_unwanted = false;
  {
    const std::lock_guard lock(jobs_);
    if (!choices_[choice].is_done) choices_[choice].job = job;
    is_unwanted = is_gone_ || failed_;
  }
  if (is_unwanted) job->cancel();
}

void ModelAnswer::piece(std::size_t choice, const AnswerPiece& piece) {
  const std::lock_guard calls(calls_);
  {
    const std::lock_guard lock(jobs_);
    if (failed_) return;
    Choice& at = choices_[choice];
    const auto now = Clock::now();
    if (at.last_piece) context_.metrics.observe_inter_token(lease_.name(), seconds_between(*at.last_piece, now));
    if (!at.first_token) at.first_token = now;
    at.last_piece = now;
  }
  guarded([&] { on_piece(choice, piece); });
}

void ModelAnswer::done(std::size_t choice, Generation generation, const std::exception_ptr& problem) {
  const std::lock_guard calls(calls_);
  bool is_last = false, is_over = false;
  {
    const std::lock_guard lock(jobs_);
    choices_[choice].is_done = true;
    choices_[choice].job = nullptr;
    is_over = failed_ || is_gone_;
    is_last = --n_open_ == 0;
  }
  if (problem != nullptr) {
    record(choice, generation, "error");
    if (!is_over) fail(problem);
    return;
  }
  record(choice, generation, outcome(generation));
  if (is_over) return;
  if (generation.finish_reason == FinishReason::kCancelled) {
    return fail(
        std::make_exception_ptr(HttpError(ErrorCode::kCancelled, "the answer was stopped", {503, "", "", "", 1})));
  }
  guarded([&] {
    on_choice(choice, std::move(generation));
    if (is_last) on_complete();
  });
}

void ModelAnswer::guarded(const std::function<void()>& call) {
  try {
    call();
  } catch (...) {  // a model's callbacks must not throw
    fail(std::current_exception());
  }
}

void ModelAnswer::fail(const std::exception_ptr& problem) {
  {
    const std::lock_guard lock(jobs_);
    if (std::exchange(failed_, true)) return;
  }
  const HttpError error = to_http_error(problem);
  if (exchange_->answered()) {
    exchange_->note_problem(error);
    on_stream_error(error);
    exchange_->end();
  } else {
    exchange_->fail(error);
  }
  cancel_all();
}

void ModelAnswer::cancel_choice(std::size_t choice) {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(jobs_);
    job = choices_[choice].job;
  }
  if (job != nullptr) job->cancel();
}

void ModelAnswer::cancel_all() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const std::lock_guard lock(jobs_);
    for (const Choice& choice : choices_) {
      if (choice.job != nullptr) jobs.push_back(choice.job);
    }
  }
  for (const auto& job : jobs) job->cancel();
}

void ModelAnswer::record(std::size_t choice, const Generation& generation, const char* outcome) {
  GenerationRecord record;
  record.model = lease_.name();
  record.outcome = outcome;
  record.prompt_tokens = static_cast<std::uint64_t>(generation.stats.prompt_tokens);
  record.reused_tokens = static_cast<std::uint64_t>(generation.stats.reused_tokens);
  record.generated_tokens = static_cast<std::uint64_t>(generation.stats.generated_tokens);
  {
    const std::lock_guard lock(jobs_);
    const Choice& at = choices_[choice];
    if (at.started) record.queue_seconds = seconds_between(arrived_, *at.started);
    if (at.first_token) record.first_token_seconds = seconds_between(arrived_, *at.first_token);
  }
  record.total_seconds = seconds_between(arrived_, Clock::now());
  context_.metrics.observe(record);
}

}  // namespace hearth
