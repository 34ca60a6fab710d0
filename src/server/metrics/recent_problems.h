// The last requests that failed, and why: for the page that shows how the server does. Kept in memory only, and
// bounded.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/http_server.h"

namespace hearth {

struct RecentProblem {
  std::chrono::system_clock::time_point time;
  std::string route;  ///< the pattern; empty: none matched
  int status = 0;     ///< as sent; below 400 where a stream had begun
  std::string code, message, request_id;
};

/// Thread-safe.
class RecentProblems {
 public:
  static constexpr std::size_t kMost = 50, kLongestMessage = 500;

  /// Keeps what failed, and forgets the oldest; other requests are passed over.
  void note(const RequestRecord& record);
  std::vector<RecentProblem> newest_first() const;

 private:
  mutable std::mutex mutex_;
  std::deque<RecentProblem> problems_;  ///< newest first
};

}  // namespace hearth
