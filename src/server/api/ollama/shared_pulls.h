// Pulls that are under way. Whoever asks for a model that is being fetched already watches the same pull; it ends when
// nobody watches any more.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"

namespace hearth {

/// Told of what happens, from the pull's thread or the caller's, one at a time.
class PullWatcher {
 public:
  virtual ~PullWatcher() = default;
  virtual void line(const json::object& line, bool is_progress) = 0;
  virtual void done(const std::exception_ptr& problem) = 0;  ///< last; nullptr: it succeeded
};

class SharedPull {
 public:
  /// All lines so far that are no progress, the last progress, then what comes. False where it has ended.
  bool watch(const std::shared_ptr<PullWatcher>& watcher);
  /// The last one to leave ends the pull.
  void leave(const PullWatcher* watcher);

  // For who does the work.
  void tell(json::object line, bool is_progress);
  void finish(const std::exception_ptr& problem);
  const std::atomic<bool>* cancelled() const { return &cancelled_; }
  void cancel() { cancelled_ = true; }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<PullWatcher>> watchers_;
  std::vector<json::object> told_;
  json::object progress_;
  std::atomic<bool> cancelled_{false};
  bool is_done_ = false;
};

/// Thread-safe.
class SharedPulls {
 public:
  /// Joins the pull of `name`, or makes one that `start` begins; `start` must see to it that finish() is called. Gives
  /// the pull that is watched. What `start` throws goes to the caller.
  std::shared_ptr<SharedPull> join(const std::string& name, const std::shared_ptr<PullWatcher>& watcher,
                                   const std::function<void(std::shared_ptr<SharedPull>)>& start);
  /// The pull has ended: the next one who asks begins anew.
  void remove(const std::string& name, const SharedPull* pull);
  void cancel_all();

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<SharedPull>> pulls_;
};

}  // namespace hearth
