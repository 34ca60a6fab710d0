#include "runtime/serving/serving_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/mapping_guard.h"
#include "hearth/error.h"

namespace hearth {
namespace {

/// Callbacks must not throw; one that does all the same harms nobody else.
template <typename Callback, typename... Arguments>
void call(const Callback& callback, Arguments&&... arguments) {
  if (!callback) return;
  try {
    callback(std::forward<Arguments>(arguments)...);
  } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody left to tell
  }
}

}  // namespace

/// What generating and embedding jobs share. The loop holds it until it is done.
class ServingLoop::Request : public Job {
 public:
  explicit Request(std::weak_ptr<ServingLoop> loop) : loop_(std::move(loop)) {}
  void cancel() override {
    cancelled = true;
    if (const auto loop = loop_.lock()) loop->leave_queue(*this);
  }
  std::atomic<bool> cancelled = false;
  bool queued = true;  ///< guarded by the loop's mutex

 private:
  std::weak_ptr<ServingLoop> loop_;
};

class ServingLoop::GenerateJob : public Request {
 public:
  using Request::Request;
  std::unique_ptr<Sequence> fresh;  ///< until the engine has it
  Sequence* sequence = nullptr;
  OnDone on_done;
};

class ServingLoop::EmbedJob : public Request {
 public:
  using Request::Request;
  EmbedRequest request;  ///< until the engine has it
  bool done = false;
};

ServingLoop::ServingLoop(std::shared_ptr<const LoadedModel> model, const ModelOptions& options,
                         const EngineLimits& limits, std::int64_t max_queue)
    : max_running_(limits.max_running), max_queue_(max_queue), engine_(std::move(model), options, limits) {
  publish();
}

ServingLoop::~ServingLoop() = default;

void ServingLoop::check_room() const {
  const std::lock_guard lock(mutex_);
  check_room_locked();
}

void ServingLoop::check_room_locked() const {
  if (stopping_) throw Error(ErrorCode::kCancelled, "the model is being unloaded", "send the request again");
  if (damage_ != nullptr) std::rethrow_exception(damage_);
  // Those that came together may not have begun yet: they do not wait where there is a place to run for them.
  const std::int64_t n_free = std::max<std::int64_t>(0, max_running_ - (open_ - queued_));
  if (queued_ < max_queue_ + n_free) return;
  throw Error(ErrorCode::kBusy, fmt::format("{} requests run and {} wait already", open_ - queued_, queued_),
              "try again in a moment");
}

std::shared_ptr<Job> ServingLoop::submit(SequenceRequest request, OnDone on_done) {
  auto job = std::make_shared<GenerateJob>(weak_from_this());
  job->on_done = std::move(on_done);
  request.cancel = &job->cancelled;
  request.on_start = [this, job = job.get(), begin = std::move(request.on_start)](std::int64_t prompt_tokens,
                                                                                  std::int64_t reused_tokens) {
    leave_queue(*job);
    if (begin) begin(prompt_tokens, reused_tokens);
  };
  job->fresh = engine_.make(std::move(request));
  const std::lock_guard lock(mutex_);
  check_room_locked();
  new_generates_.push_back(job);
  ++queued_;
  ++open_;
  ++stats_.requests;
  wake_.notify_one();
  return job;
}

std::shared_ptr<Job> ServingLoop::submit(EmbedRequest request) {
  check_embed_request(request, model().spec, context());
  auto job = std::make_shared<EmbedJob>(weak_from_this());
  request.cancel = &job->cancelled;
  request.on_start = [this, job = job.get()] { leave_queue(*job); };
  request.on_done = [this, job = job.get(), done = std::move(request.on_done)](auto vectors, auto error) {
    leave_queue(*job);
    job->done = true;
    {
      const std::lock_guard lock(mutex_);
      --open_;
    }
    call(done, std::move(vectors), std::move(error));
  };
  job->request = std::move(request);
  const std::lock_guard lock(mutex_);
  check_room_locked();
  new_embeds_.push_back(job);
  ++queued_;
  ++open_;
  ++stats_.requests;
  wake_.notify_one();
  return job;
}

void ServingLoop::leave_queue(Request& job) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(job.queued, false)) --queued_;
}

ServingStats ServingLoop::stats() const {
  const std::lock_guard lock(mutex_);
  ServingStats stats = stats_;
  stats.waiting = queued_;
  stats.running = open_ - queued_;
  return stats;
}

void ServingLoop::drop_caches() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++drops_wanted_;
  wake_.notify_one();
  done_.wait(lock, [&] { return drops_done_ >= mine || ended_; });
}

void ServingLoop::begin_stop(std::chrono::milliseconds patience) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point at = Clock::now() + patience;
  stop_at_ = stopping_ ? std::min(stop_at_, at) : at;
  stopping_ = true;
  wake_.notify_one();
}

void ServingLoop::run() {
  for (;;) {
    wait_for_work();
    take_inbox();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ && open_ == 0) break;
    }
    cancel_all_after_patience();
    step();
    publish();
    deliver();
  }
  engine_.drop_caches();
  publish();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  done_.notify_all();
}

void ServingLoop::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return open_ > 0 || stopping_ || drops_wanted_ > drops_done_; });
  if (drops_wanted_ == drops_done_) return;
  const std::uint64_t wanted = drops_wanted_;
  lock.unlock();
  engine_.drop_caches();
  publish();
  lock.lock();
  drops_done_ = wanted;
  done_.notify_all();
}

void ServingLoop::take_inbox() {
  std::vector<std::shared_ptr<GenerateJob>> generates;
  std::vector<std::shared_ptr<EmbedJob>> embeds;
  {
    const std::lock_guard lock(mutex_);
    generates.swap(new_generates_);
    embeds.swap(new_embeds_);
  }
  for (auto& job : generates) {
    job->sequence = engine_.add(std::move(job->fresh));
    generating_.push_back(std::move(job));
  }
  for (auto& job : embeds) {
    engine_.embeds().add(std::move(job->request));
    embedding_.push_back(std::move(job));
  }
}

void ServingLoop::step() {
  try {
    check_files();
    if (!engine_.scheduler().idle()) engine_.step();
    if (!engine_.embeds().idle()) engine_.embed_step();  // in turns, so that neither waits for all of the other
  } catch (...) {                                        // no memory to even plan a pass, or no weights
    end_all(std::current_exception());
    if (!engine_.embeds().idle()) engine_.embed_step();  // lets those that were cancelled go; it does not throw
  }
}

void ServingLoop::check_files() {
  const std::uint64_t now = shortened_mappings();
  if (now != std::exchange(shortened_seen_, now)) {
    const auto& all = model().tensors.all();
    const bool mine =
        std::any_of(all.begin(), all.end(), [](const auto& each) { return is_in_shortened_mapping(each.second.data); });
    const std::lock_guard lock(mutex_);
    if (mine && damage_ == nullptr) {
      damage_ = std::make_exception_ptr(
          Error(ErrorCode::kCorruptData, fmt::format("{}: the file was shortened while it was in use", model().path),
                "put the whole file back; replace files by renaming, not by writing over them"));
    }
  }
  const std::lock_guard lock(mutex_);
  if (damage_ != nullptr) std::rethrow_exception(damage_);
}

void ServingLoop::end_all(const std::exception_ptr& error) {
  for (const auto& job : generating_) {
    if (!job->sequence->done()) job->sequence->fail(error);
  }
  for (const auto& job : embedding_) job->cancelled = true;
}

void ServingLoop::cancel_all_after_patience() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ || Clock::now() < stop_at_) return;
  }
  for (const auto& job : generating_) job->cancelled = true;
  for (const auto& job : embedding_) job->cancelled = true;
}

void ServingLoop::deliver() {
  std::erase_if(embedding_, [](const auto& job) { return job->done; });
  const auto first_done = std::stable_partition(generating_.begin(), generating_.end(),
                                                [](const auto& job) { return !job->sequence->done(); });
  std::vector<std::shared_ptr<GenerateJob>> over(std::make_move_iterator(first_done),
                                                 std::make_move_iterator(generating_.end()));
  generating_.erase(first_done, generating_.end());
  for (const auto& job : over) {
    const GenerationStats counts = job->sequence->stats();
    Generation answer;
    std::exception_ptr error;
    try {
      answer = engine_.finish(job->sequence);
    } catch (...) {
      error = std::current_exception();
    }
    leave_queue(*job);
    {
      const std::lock_guard lock(mutex_);
      --open_;
      stats_.prompt_tokens += static_cast<std::uint64_t>(counts.prompt_tokens);
      stats_.reused_tokens += static_cast<std::uint64_t>(counts.reused_tokens);
      stats_.generated_tokens += static_cast<std::uint64_t>(counts.generated_tokens);
      stats_.drafted_tokens += static_cast<std::uint64_t>(counts.drafted_tokens);
      stats_.accepted_tokens += static_cast<std::uint64_t>(counts.accepted_tokens);
    }
    call(job->on_done, std::move(answer), error);
  }
}

void ServingLoop::publish() {
  const std::lock_guard lock(mutex_);
  stats_.weight_bytes = model().file_bytes;
  stats_.kv_bytes = engine_.kv_bytes();
  stats_.kv_limit_bytes = engine_.kv_limit_bytes();
  stats_.scratch_bytes = engine_.scratch_bytes();
  stats_.cached_prefix_tokens = engine_.prefixes().tokens();
  stats_.steps = engine_.passes();
  stats_.preemptions = engine_.scheduler().preemptions();
}

}  // namespace hearth
