// What every API handler works with, and the limits that hold for all of them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace hearth {

class TaskThreads;
class Metrics;
class ModelManager;
class ServerLog;

/// A limit that a reload may change while requests read it.
template <typename T>
class LiveLimit {
 public:
  LiveLimit(T value) : value_(value) {}  // NOLINT(google-explicit-constructor): it stands for its value
  LiveLimit(const LiveLimit& other) : value_(other.value_.load()) {}
  LiveLimit& operator=(const LiveLimit&) = delete;
  ~LiveLimit() = default;
  void set(T value) { value_ = value; }
  operator T() const { return value_; }  // NOLINT(google-explicit-constructor)

 private:
  std::atomic<T> value_;
};

struct ApiLimits {
  using Clock = std::chrono::steady_clock;

  LiveLimit<std::int64_t> max_tokens = 0;  ///< of one answer; 0: the context alone limits it
  std::int64_t max_choices = 16;           ///< "n"
  std::size_t max_inputs = 2048;           ///< texts of one request for embeddings
  std::size_t max_prompts = 64;            ///< of one request for completions
  std::size_t max_messages = 8192;         ///< of one conversation
  std::size_t max_stop = 16;               ///< stop strings
  std::size_t max_constraint = 1 << 20;    ///< bytes of a schema or a grammar
  /// From arrival to the end of the answer; 0: no limit.
  LiveLimit<std::chrono::milliseconds> request_time = std::chrono::milliseconds(0);

  /// Of a request that arrived then.
  std::optional<Clock::time_point> deadline(Clock::time_point arrived) const {
    const std::chrono::milliseconds time = request_time;
    return time.count() > 0 ? std::optional(arrived + time) : std::nullopt;
  }
};

/// Lives longer than all exchanges.
struct ApiContext {
  ModelManager& models;
  Metrics& metrics;
  ServerLog& log;
  TaskThreads& pool;  ///< goes on with requests whose model had to be loaded
  ApiLimits limits;
};

}  // namespace hearth
