#include "server/metrics/recent_problems.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

RequestRecord failed(const std::string& id, const std::string& problem) {
  RequestRecord record;
  record.id = id;
  record.route = "/v1/chat/completions";
  record.status = 404;
  record.problem = problem;
  record.problem_code = "model_not_found";
  return record;
}

TEST(RecentProblems, KeepsWhatFailedNewestFirst) {
  RecentProblems problems;
  problems.note(failed("a", "first"));
  RequestRecord fine;
  fine.status = 200;
  problems.note(fine);
  problems.note(failed("b", "second"));
  const auto all = problems.newest_first();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].request_id, "b");
  EXPECT_EQ(all[0].message, "second");
  EXPECT_EQ(all[0].code, "model_not_found");
  EXPECT_EQ(all[0].status, 404);
  EXPECT_EQ(all[1].request_id, "a");
}

TEST(RecentProblems, IsBounded) {
  RecentProblems problems;
  for (int i = 0; i < 200; ++i) problems.note(failed(std::to_string(i), std::string(100'000, 'x')));
  const auto all = problems.newest_first();
  ASSERT_EQ(all.size(), RecentProblems::kMost);
  EXPECT_EQ(all[0].request_id, "199");
  EXPECT_LT(all[0].message.size(), RecentProblems::kLongestMessage + 10);
}

}  // namespace
}  // namespace hearth
