// A few threads that run handlers, and a bounded queue before them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth {

/// Thread-safe.
class HandlerPool {
 public:
  /// Both > 0.
  HandlerPool(std::size_t n_threads, std::size_t max_waiting);
  ~HandlerPool();  ///< as stop()
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  /// False when too many wait already, and after stop(). `job` must not throw.
  bool submit(std::function<void()> job);
  std::size_t waiting() const;
  /// Drops what waits; returns when what runs is done.
  void stop();

 private:
  void work();

  const std::size_t max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hearth
