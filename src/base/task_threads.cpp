#include "base/task_threads.h"

#include <utility>

namespace hearth {

TaskThreads::TaskThreads(std::size_t n_threads, const TaskThreadsOptions& options) : options_(options) {
  for (std::size_t i = 0; i < n_threads; ++i) threads_.emplace_back([this] { work(); });
}

TaskThreads::~TaskThreads() { stop(); }

bool TaskThreads::submit(Task task, bool urgent) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= options_.max_waiting) return false;
    if (urgent) {
      queue_.push_front(std::move(task));
    } else {
      queue_.push_back(std::move(task));
    }
  }
  changed_.notify_one();
  return true;
}

std::size_t TaskThreads::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void TaskThreads::stop() {
  std::deque<Task> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (options_.drop_at_stop) dropped.swap(queue_);
  }
  changed_.notify_all();
  dropped.clear();  // without the lock: what tasks hold may come back here when it goes
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void TaskThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes outside of the lock
    lock.lock();
  }
}

}  // namespace hearth
