// How long to wait before the next attempt: twice as long each time, a little at random, as long as a server asked for,
// and a bounded number of times.
#pragma once

#include <atomic>
#include <chrono>
#include <random>
#include <string>

namespace hearth {

struct RetryPolicy {
  int attempts = 6;                           ///< in a row without progress
  int first_attempts = 2;                     ///< of the first contact, while no server is reached: somebody waits
  std::chrono::milliseconds first_wait{500};  ///< then doubled
  std::chrono::milliseconds longest_wait{20'000};
  std::chrono::seconds longest_asked{120};  ///< of a server's Retry-After; more ends it
};

/// The seconds of a Retry-After header; -1 for none or a date.
int retry_after_seconds(const std::string& header);

class Backoff {
 public:
  explicit Backoff(RetryPolicy policy) : policy_(policy), random_(std::random_device{}()) {}
  /// Waits and returns true, or false where no attempt is left or `cancel` is set meanwhile. `asked`: a server's
  /// Retry-After in seconds, or -1.
  bool wait(const std::atomic<bool>* cancel, int asked = -1);
  /// The same for the first contact, where it ends sooner if no server was reached: a name that is not known and a
  /// refused connection seldom change within seconds, and nothing is lost yet.
  bool wait_first(bool unreached, const std::atomic<bool>* cancel, int asked);
  void progressed() { failures_ = 0; }

 private:
  RetryPolicy policy_;
  std::minstd_rand random_;
  int failures_ = 0;
};

/// Sleeps, looking at `cancel` in between; false when it was set.
bool sleep_unless(const std::atomic<bool>* cancel, std::chrono::milliseconds time);

}  // namespace hearth
