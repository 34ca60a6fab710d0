// The loaded models: who holds which, what they take of the memory, which one goes when another must come. Knows paths
// and no names. One thread (the keeper) takes all decisions; a lease on what is loaded is given in the caller's thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/task_threads.h"
#include "runtime/manager/model_manager.h"
#include "runtime/manager/pending_lease.h"

namespace hearth {

struct PoolOptions {
  ModelLimits limits;  ///< memory is not 0
  ServingOptions serving;
  ModelLoader loader;
  MemoryEstimate estimate;
  std::function<void(const ModelEvent&)> on_event;
  std::function<std::chrono::steady_clock::time_point()> now;  ///< empty: the real one
};

/// A model to load.
struct PoolModel {
  std::string id, path;
  std::vector<std::string> files;
};

/// Kept by shared_ptr: leases outlive it.
class ModelPool : public std::enable_shared_from_this<ModelPool> {
 public:
  using Clock = std::chrono::steady_clock;

  static std::shared_ptr<ModelPool> start(PoolOptions options);
  explicit ModelPool(PoolOptions options);
  /// REQUIRES stop() before.
  ~ModelPool() = default;
  ModelPool(const ModelPool&) = delete;
  ModelPool& operator=(const ModelPool&) = delete;

  struct Request {
    PoolModel model;
    std::string name;  ///< of the lease
    std::shared_ptr<const ModelOverlay> overlay;
    AcquireOptions options;
    std::shared_ptr<PendingLease> pending;
    Clock::time_point since{};
  };
  /// Completes `pending` now or later. False: one of the files is not there (and nothing is done).
  bool acquire(Request request);
  /// As acquire() where a lease can be given at once; false, and nothing done, where it cannot.
  bool acquire_loaded(const Request& request);

  /// `on_done` may be empty; for one that shall only be there, `anew` is false.
  void load(const PoolModel& model, bool anew, std::function<void(std::exception_ptr)> on_done);
  Unloading unload(const std::string& path);
  /// By the id that it was loaded under ("name" and "name:latest" are one), wherever its file is by now. It is going
  /// also where it did so already.
  Unloading unload_id(const std::string& id);
  /// Retires what was loaded of other paths than these.
  void keep_only(const std::set<std::string>& paths);
  /// Nobody gets it any more; it ends with its last request.
  void retire(const std::string& path, const std::string& reason);
  void pin(const std::string& path, bool pinned);

  ManagerStatus status();
  ModelLimits limits() const;
  void set_limits(const ModelLimits& limits);
  void poke();
  void stop(std::chrono::milliseconds patience);

 private:
  struct Version {
    std::string id, path, files_state;
    std::uint64_t number = 0, bytes = 0;
    std::shared_ptr<ServedModel> model;
    std::int64_t leases = 0;
    bool is_retired = false, is_leaving = false;  ///< leaving: a thread is taking it down
    std::string reason;                           ///< why it goes
    Clock::time_point last_used{};                ///< when it became idle
    double load_seconds = 0;
  };
  enum class LoadState { kMeasuring, kWaiting, kLoading };
  struct Load {
    LoadState state = LoadState::kMeasuring;
    std::uint64_t order = 0, number = 0;
    std::string files_state;
    MemoryNeed need;
    std::uint64_t reserved = 0, kv_limit = 0;
    Clock::time_point asked{};  ///< when somebody wanted it first
    Clock::time_point since{};  ///< when it began to wait for room
    bool lacks_room = false;    ///< it was looked for, and there was none
    bool is_wanted = false;     ///< though nobody waits: a preload, a reload
    bool is_reload = false;
    std::vector<std::function<void(std::exception_ptr)>> on_done;
  };
  struct Failure {
    std::string files_state;
    std::exception_ptr problem;
    Clock::time_point retry_at{};
    std::chrono::milliseconds wait{};
  };
  struct Slot {
    PoolModel model;
    std::shared_ptr<Version> current;
    std::optional<Load> load;
    std::deque<Request> waiters;
    std::optional<Failure> failure;
    std::optional<KeepAlive> keep_alive;
    bool is_pinned = false, is_unload_asked = false;
  };
  struct Hold;
  enum class Room { kThere, kLater, kNever };

  Clock::time_point now() const { return options_.now ? options_.now() : Clock::now(); }
  KeepAlive keep_alive_of(const Slot& slot) const { return slot.keep_alive.value_or(options_.limits.keep_alive); }

  // All below with mutex_ held, unless said otherwise.
  void ask_to_unload(Slot& slot);
  /// What was wished for a model that was there is nothing to the next one, unless that one is on its way already.
  static void forget_wishes(Slot& slot);
  Lease lease(const std::shared_ptr<Version>& version, const Request& request);
  std::optional<Lease> try_lease(Slot& slot, const Request& request, const std::string& files_state);
  /// What keeps it from waiting, or nullptr.
  std::exception_ptr join_waiters(Slot& slot, Request request, const std::string& files_state);
  std::int64_t most_waiters() const;
  void begin_load(Slot& slot, std::string files_state);
  void changed();
  void later(std::function<void()> call);
  void report(ModelEvent event);
  void fail_load(Slot& slot, const std::exception_ptr& problem, bool remember);
  // By value: what is passed is often the slot's own share, which they let go of.
  void retire(std::shared_ptr<Version> version, const std::string& reason);
  void dispose(std::shared_ptr<Version> version, const std::string& reason);
  std::uint64_t used() const;

  // Without it.
  void release(const std::shared_ptr<Version>& version, bool was_used = true);
  // These run on the loading threads.
  void measure(const std::string& path);
  void run_load(const std::string& path);
  void finish_load(const std::string& path, std::shared_ptr<ServedModel> model, std::exception_ptr problem,
                   double seconds);
  void take_down(const std::shared_ptr<Version>& version);

  // The keeper's.
  void keep();
  void make_progress();
  void end_overdue_waits();
  void unload_expired();
  void start_loads();
  void trim();
  Room find_room(Slot& slot, bool may_evict);
  void start_load(Slot& slot);
  std::optional<Error> why_never(const Slot& slot) const;
  Error no_room(const Slot& slot) const;
  std::vector<std::shared_ptr<Version>> leavers(const Slot& slot, bool busy_ones) const;
  bool has_load_to_drop(const Slot& slot) const;
  std::optional<Clock::time_point> next_time() const;
  bool is_pinned(const Version& version) const;
  std::int64_t count_loaded() const;
  bool fits_limits(std::uint64_t bytes, std::int64_t count) const;

  PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable keeper_wake_, quiet_;
  std::map<std::string, Slot> slots_;  ///< by path
  std::list<std::shared_ptr<Version>> versions_;
  std::deque<std::function<void()>> calls_;  ///< that the keeper makes without the lock, in order
  std::uint64_t next_number_ = 1, next_order_ = 1;
  bool has_changed_ = false, is_stopping_ = false, is_stopped_ = false;
  std::unique_ptr<TaskThreads> loaders_;
  std::thread keeper_;
};

}  // namespace hearth
