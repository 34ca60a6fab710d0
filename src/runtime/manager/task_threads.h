// A few threads that work off a queue. Tasks must not throw.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth {

class TaskThreads {
 public:
  explicit TaskThreads(int threads);
  ~TaskThreads();  ///< as stop()
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  using Task = std::function<void()>;
  /// Urgent ones go first. False after stop(): it will not run.
  bool add(Task task, bool urgent = false);
  std::size_t waiting() const;
  /// Works off what is queued and ends. Not from a task.
  void stop();

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hearth
