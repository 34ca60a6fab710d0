#include "server/api/model_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "base/disk_full.h"
#include "base/quote.h"
#include "base/task_threads.h"
#include "hearth/sampling.h"
#include "runtime/constraint.h"
#include "server/api/request_fields.h"
#include "server/metrics/metrics.h"

namespace hearth {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

ErrorDetails details_of(const Error& error) {
  ErrorDetails details;
  if (error.code() == ErrorCode::kContextLimit) {
    details.status = 400;
    details.type = "invalid_request_error";
    details.code = "context_length_exceeded";
  }
  if (error.code() == ErrorCode::kBusy) details.retry_after = 1;
  if (dynamic_cast<const DiskFullError*>(&error) != nullptr) details.status = 507;
  return details;
}

// What a client can do; the engine's own hint speaks of options of the command line.
constexpr const char* kShorten = "shorten the prompt, or start the server with a larger context";

/// Nothing else ends an answer whose context shifts and that never comes to an end by itself. Ollama's number.
constexpr std::int64_t kMostContexts = 10;

/// What the engine says of a prompt knows no field.
HttpError with_param(const HttpError& error, const char* prompt_field) {
  ErrorDetails details = error.details();
  if (!details.param.empty()) return error;
  if (error.code() == ErrorCode::kContextLimit) details.param = prompt_field;
  return HttpError(error.code(), error.message(), std::move(details), error.hint());
}

HttpError stopped() { return {ErrorCode::kCancelled, "the answer was stopped", {503, "", "", "", 1}}; }

}  // namespace

HttpError to_http_error(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const HttpError& error) {
    return error;
  } catch (const ConstraintError& error) {
    ErrorDetails details = details_of(error);
    details.param = error.origin();
    // The hint speaks of an option of the command line.
    return HttpError(error.code(), error.message(), details,
                     error.code() == ErrorCode::kUnsupported ? "change the schema there" : error.hint());
  } catch (const SamplingError& error) {
    ErrorDetails details = details_of(error);
    details.param = error.member();
    return HttpError(error.code(), error.message(), std::move(details), error.hint());
  } catch (const Error& error) {
    return HttpError(error.code(), error.message(), details_of(error),
                     error.code() == ErrorCode::kContextLimit ? kShorten : error.hint());
  } catch (const std::bad_alloc&) {
    return HttpError(ErrorCode::kOutOfMemory, "out of memory", {});
  } catch (...) {
    return HttpError(ErrorCode::kInternal, "internal error", {}, "this is a bug in Hearth: please report it");
  }
}

void require_generator(const Lease& lease) {
  if (!lease->info().is_encoder) return;
  throw HttpError(ErrorCode::kUnsupported,
                  fmt::format("{} is an embedding model: it does not generate text", quote(lease.name())),
                  {400, "invalid_request_error", "model", "", 0}, "use it to embed");
}

void ModelWait::began(const std::shared_ptr<Acquisition>& acquisition) {
  bool is_left = false;
  {
    const std::lock_guard lock(mutex_);
    acquisition_ = acquisition;
    is_left = is_left_;
  }
  if (is_left) acquisition->cancel();
}

void ModelWait::leave() {
  std::shared_ptr<Acquisition> acquisition;
  {
    const std::lock_guard lock(mutex_);
    is_left_ = true;
    acquisition = acquisition_;
  }
  if (acquisition != nullptr) acquisition->cancel();
}

void acquire_model(ApiContext& context, const std::string& name, const AcquireOptions& options, ModelWait& wait,
                   std::function<void(Lease)> then, std::function<void(const HttpError&)> fail) {
  const auto here = std::this_thread::get_id();
  const auto on_lease = [&context, here, then = std::move(then), fail = std::move(fail)](
                            Lease given, const std::exception_ptr& problem) {
    const auto lease = std::make_shared<Lease>(std::move(given));
    const auto go_on = [lease, problem, then, fail] {
      try {
        if (problem != nullptr) std::rethrow_exception(problem);
        then(std::move(*lease));
      } catch (const HttpError& error) {
        fail(error);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kNotFound) {
          ErrorDetails details{404, "invalid_request_error", "model", "model_not_found", 0};
          return fail(HttpError(error.code(), error.message(), std::move(details), error.hint()));
        }
        fail(to_http_error(std::current_exception()));
      } catch (...) {
        fail(to_http_error(std::current_exception()));
      }
    };
    if (std::this_thread::get_id() == here) return go_on();
    if (!context.pool.submit(go_on))
      fail(HttpError(ErrorCode::kBusy, "too many requests wait already", {503, "", "", "", 1}));
  };
  wait.began(context.models.acquire(name, options, on_lease));
}

const char* ModelWork::outcome(const Generation& generation) const {
  return finish_reason_name(generation.finish_reason);
}

void ModelWork::run(const std::string& model, std::optional<KeepAlive> keep_alive) {
  AcquireOptions options;
  options.keep_alive = keep_alive;
  options.deadline = context_.limits.deadline(arrived_);
  acquire_model(
      context_, model, options, wait_, [self = shared_from_this()](Lease lease) { self->start(std::move(lease)); },
      [self = shared_from_this()](const HttpError& error) {
        const std::lock_guard calls(self->calls_);
        self->fail(std::make_exception_ptr(error));
      });
}

void ModelWork::start(Lease lease) {
  {
    const std::lock_guard lock(jobs_);
    if (is_gone_) return;
    if (is_unwanted_) throw stopped();
  }
  lease_ = std::move(lease);
  require_generator(lease_);
  std::vector<GenerateRequest> requests = prepare();
  {
    const std::lock_guard lock(jobs_);
    choices_.resize(requests.size());
    n_open_ = requests.size();
  }
  for (std::size_t choice = 0; choice < requests.size(); ++choice) {
    try {
      submit(choice, std::move(requests[choice]));
    } catch (...) {
      const std::exception_ptr problem = std::current_exception();
      // Those before it may be writing already, on the model's thread.
      const std::lock_guard calls(calls_);
      fail(problem);
      // Those that were never submitted are done; the others say so themselves.
      const std::lock_guard lock(jobs_);
      n_open_ -= requests.size() - choice;
      return;
    }
  }
}

void ModelWork::check_choices(std::size_t count, const std::string& param) const {
  const std::int64_t most = lease_->most_requests();
  if (static_cast<std::int64_t>(count) <= most) return;
  throw bad_field(param, fmt::format("the request asks for {} answers; this server runs and queues at most {} at once",
                                     count, most));
}

void ModelWork::submit(std::size_t choice, GenerateRequest request) {
  Submission submission;
  const auto limit = [&request](std::int64_t most) {
    request.max_tokens = request.max_tokens < 0 ? most : std::min(request.max_tokens, most);
  };
  if (const std::int64_t most = context_.limits.max_tokens; most > 0) limit(most);
  if (request.context_shift) limit(kMostContexts * lease_->context());
  submission.request = std::move(request);
  submission.priority = priority;
  submission.deadline = context_.limits.deadline(arrived_);
  const auto self = shared_from_this();
  submission.on_start = [self, choice](std::int64_t prompt_tokens, std::int64_t reused_tokens) {
    const std::lock_guard calls(self->calls_);
    bool is_first = false;
    {
      const std::lock_guard lock(self->jobs_);
      self->choices_[choice].started = Clock::now();
      if (self->failed_) return;
      is_first = !std::exchange(self->started_, true);
    }
    if (is_first) self->guarded([&] { self->on_start(prompt_tokens, reused_tokens); });
  };
  submission.on_piece = [self, choice](const AnswerPiece& piece) { self->piece(choice, piece); };
  submission.on_done = [self, choice](Generation generation, const std::exception_ptr& problem) {
    self->done(choice, std::move(generation), problem);
  };
  std::shared_ptr<Job> job = lease_->submit(std::move(submission));
  bool is_unwanted = false;
  {
    const std::lock_guard lock(jobs_);
    if (!choices_[choice].is_done) choices_[choice].job = job;
    is_unwanted = is_unwanted_ || failed_;
  }
  if (is_unwanted) job->cancel();
}

void ModelWork::piece(std::size_t choice, const AnswerPiece& piece) {
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

void ModelWork::done(std::size_t choice, Generation generation, const std::exception_ptr& problem) {
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
    return guarded([&] { on_cancelled(choice, generation); });
  }
  guarded([&] {
    on_choice(choice, std::move(generation));
    if (is_last) on_complete();
  });
}

void ModelWork::guarded(const std::function<void()>& call) {
  try {
    call();
  } catch (...) {  // a model's callbacks must not throw
    fail(std::current_exception());
  }
}

void ModelWork::fail(const std::exception_ptr& problem) {
  {
    const std::lock_guard lock(jobs_);
    if (std::exchange(failed_, true) || is_gone_) return;
  }
  on_failure(with_param(to_http_error(problem), prompt_field()));
  cancel_all();
}

void ModelWork::on_cancelled(std::size_t /*choice*/, const Generation& /*generation*/) { throw stopped(); }

void ModelWork::cancel() {
  {
    const std::lock_guard lock(jobs_);
    is_unwanted_ = true;
  }
  wait_.leave();
  cancel_all();
}

void ModelWork::abandon() {
  {
    const std::lock_guard lock(jobs_);
    is_gone_ = true;
  }
  cancel();
}

void ModelWork::cancel_choice(std::size_t choice) {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(jobs_);
    job = choices_[choice].job;
  }
  if (job != nullptr) job->cancel();
}

void ModelWork::cancel_all() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const std::lock_guard lock(jobs_);
    for (const Choice& choice : choices_) {
      if (choice.job != nullptr) jobs.push_back(choice.job);
    }
  }
  for (const auto& job : jobs) job->cancel();
}

void ModelWork::record(std::size_t choice, const Generation& generation, const char* outcome) {
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
