#include "server/metrics/recent_problems.h"

#include <utility>

#include "base/unicode.h"

namespace hearth {

void RecentProblems::note(const RequestRecord& record) {
  if (record.problem.empty()) return;
  RecentProblem problem;
  problem.time = std::chrono::system_clock::now();
  problem.route = record.route;
  problem.status = record.status;
  problem.code = record.problem_code;
  problem.message = record.problem;
  if (problem.message.size() > kLongestMessage) {
    problem.message.resize(kLongestMessage);
    problem.message = replace_invalid_utf8(problem.message) + "…";
  }
  problem.request_id = record.id;
  const std::lock_guard lock(mutex_);
  problems_.push_front(std::move(problem));
  if (problems_.size() > kMost) problems_.pop_back();
}

std::vector<RecentProblem> RecentProblems::newest_first() const {
  const std::lock_guard lock(mutex_);
  return {problems_.begin(), problems_.end()};
}

}  // namespace hearth
