#include "hub/download/backoff.h"

#include <algorithm>
#include <charconv>
#include <thread>

namespace hearth {

int retry_after_seconds(const std::string& header) {
  int seconds = -1;
  const auto [end, failure] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  return failure == std::errc() && end == header.data() + header.size() && seconds >= 0 ? seconds : -1;
}

bool sleep_unless(const std::atomic<bool>* cancel, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (cancel == nullptr || !*cancel) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) return true;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(50)));
  }
  return false;
}

bool Backoff::wait(const std::atomic<bool>* cancel, int asked) {
  if (++failures_ >= policy_.attempts) return false;
  if (asked > policy_.longest_asked.count()) return false;
  // Half of it at random, so that many who were cut off together do not come back together.
  const auto full = std::min(policy_.longest_wait, policy_.first_wait * (1 << std::min(failures_ - 1, 16)));
  std::uniform_real_distribution<double> share(0.5, 1.0);
  auto time = std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(full.count()) * share(random_)));
  if (asked >= 0) time = std::max<std::chrono::milliseconds>(time, std::chrono::seconds(asked));
  return sleep_unless(cancel, time);
}

bool Backoff::wait_first(bool unreached, const std::atomic<bool>* cancel, int asked) {
  if (unreached && failures_ + 1 >= policy_.first_attempts) return false;
  return wait(cancel, asked);
}

}  // namespace hearth
