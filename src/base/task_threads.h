// A few threads that work off a queue. Tasks must not throw.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth {

struct TaskThreadsOptions {
  std::size_t max_waiting = std::numeric_limits<std::size_t>::max();  ///< tasks that no thread has begun
  bool drop_at_stop = false;  ///< what waits at stop() is let go of instead of being run
};

/// Thread-safe.
class TaskThreads {
 public:
  explicit TaskThreads(std::size_t n_threads, const TaskThreadsOptions& options = {});  ///< n_threads > 0
  ~TaskThreads();                                                                       ///< as stop()
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  using Task = std::function<void()>;
  /// Urgent ones go first. False when too many wait already, and after stop(): it will not run.
  bool submit(Task task, bool urgent = false);
  std::size_t waiting() const;
  /// Works off or drops what is queued, and returns when what runs is done. Not from a task.
  void stop();

 private:
  void work();

  const TaskThreadsOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hearth
