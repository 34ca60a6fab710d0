// The thread that steps a served model's engine, and the queue in front of it. It takes requests that are ready to be
// evaluated; what callers ask for becomes such in ServedModel.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/engine.h"
#include "runtime/serving/served_model.h"

namespace hearth {

class ServingLoop : public std::enable_shared_from_this<ServingLoop> {
 public:
  /// Errors: as Engine.
  ServingLoop(std::shared_ptr<const LoadedModel> model, const ModelOptions& options, const EngineLimits& limits,
              std::int64_t max_queue);
  ~ServingLoop();
  ServingLoop(const ServingLoop&) = delete;
  ServingLoop& operator=(const ServingLoop&) = delete;

  const LoadedModel& model() const { return engine_.model(); }
  std::int64_t context() const { return engine_.context(); }
  /// Running and waiting together.
  std::int64_t most_requests() const { return max_running_ + max_queue_; }
  std::shared_ptr<const TokenVocabulary> vocabulary() { return engine_.vocabulary(); }

  /// Fails as the submit functions would, before anything was done for a request. Errors: kBusy, kCancelled.
  void check_room() const;
  using OnDone = decltype(Submission::on_done);
  std::shared_ptr<Job> submit(SequenceRequest request, OnDone on_done);
  std::shared_ptr<Job> submit(EmbedRequest request);

  ServingStats stats() const;
  void drop_caches();
  /// Takes no more, and ends by itself when nothing is left, or cancels what is left when patience is over.
  void begin_stop(std::chrono::milliseconds patience);
  /// The body of the thread. Returns when it was told to stop.
  void run();

 private:
  class Request;
  class GenerateJob;
  class EmbedJob;
  using Clock = std::chrono::steady_clock;

  void check_room_locked() const;
  /// Its turn has come, or it ended before: it does not wait any more.
  void leave_queue(Request& job);
  void wait_for_work();
  void take_inbox();
  void step();
  /// Errors: kCorruptData where its file was shortened since it was loaded.
  void check_files();
  void cancel_all_after_patience();
  void end_all(const std::exception_ptr& error);
  void deliver();
  void publish();

  std::int64_t max_running_;
  std::int64_t max_queue_;
  std::uint64_t shortened_seen_ = 0;  ///< mappings of all models
  std::exception_ptr damage_;         ///< nothing can be computed any more; guarded by the mutex
  Engine engine_;                     ///< make(), vocabulary() and context() by any thread; the rest by the loop's
  std::vector<std::shared_ptr<GenerateJob>> generating_;
  std::vector<std::shared_ptr<EmbedJob>> embedding_;

  mutable std::mutex mutex_;
  std::condition_variable wake_, done_;  ///< for the thread; for those that wait for it
  std::vector<std::shared_ptr<GenerateJob>> new_generates_;
  std::vector<std::shared_ptr<EmbedJob>> new_embeds_;
  std::int64_t queued_ = 0;  ///< submitted, not begun
  std::int64_t open_ = 0;    ///< submitted, not done
  std::uint64_t drops_wanted_ = 0, drops_done_ = 0;
  bool stopping_ = false, ended_ = false;
  Clock::time_point stop_at_;
  ServingStats stats_;
};

}  // namespace hearth
