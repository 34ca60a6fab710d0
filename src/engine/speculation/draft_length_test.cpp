#include "engine/speculation/draft_length.h"

#include <gtest/gtest.h>

#include "engine/speculation/draft_chances.h"

namespace hearth {
namespace {

/// Passes that take `first` for one row and `more` for each further one.
PassTimes measured(double first, double more) {
  PassTimes times;
  for (std::int64_t rows = 1; rows <= PassTimes::kMostRows; ++rows)
    times.observe(rows, first + more * static_cast<double>(rows - 1));
  return times;
}

TEST(DraftLength, TheExpectedGainIsTheSumOfChances) {
  EXPECT_DOUBLE_EQ(expected_gain(0.5, 1), 0.5);
  EXPECT_DOUBLE_EQ(expected_gain(0.5, 3), 0.5 + 0.25 + 0.125);
  EXPECT_DOUBLE_EQ(expected_gain(0, 3), 0);
}

TEST(DraftLength, FreeRowsAreAllTaken) {
  EXPECT_EQ(draft_length(0.9, 16, 1, 1, measured(1, 0)), 16);
  EXPECT_EQ(draft_length(0.5, 4, 1, 1, measured(1, 0)), 4);
}

TEST(DraftLength, RowsThatCostAsMuchAsPassesAreNot) {
  EXPECT_EQ(draft_length(0.95, 16, 1, 1, measured(1, 1)), 0);
  EXPECT_EQ(draft_length(0.98, 16, 1, 1, measured(1, 0.99)), 0);
}

TEST(DraftLength, StopsWhereTheNextRowCostsMoreThanItBrings) {
  // With chance p and price c a row, the n-th guess is worth it while p^n > c · (1 + gain) / (1 + c n).
  const std::int64_t n = draft_length(0.8, 32, 1, 1, measured(1, 0.1));
  EXPECT_GT(n, 2);
  EXPECT_LT(n, 10);
  EXPECT_LT(draft_length(0.5, 32, 1, 1, measured(1, 0.1)), n);
  EXPECT_GT(draft_length(0.8, 32, 1, 1, measured(1, 0.02)), n);
}

TEST(DraftLength, ManySequencesThatFillThePassLeaveNoRoom) {
  PassTimes times;  // sixteen rows are free, more are not
  for (std::int64_t rows = 1; rows <= PassTimes::kMostRows; ++rows)
    times.observe(rows, rows <= 16 ? 1.0 : 1.0 + 0.2 * static_cast<double>(rows - 16));
  EXPECT_EQ(draft_length(0.9, 32, 1, 1, times), 15);
  EXPECT_EQ(draft_length(0.9, 32, 12, 12, times), 4);
  EXPECT_EQ(draft_length(0.9, 32, 16, 16, times), 0);
}

TEST(PassTimes, KnowsWhatItSawAndGuessesBetween) {
  PassTimes times;
  EXPECT_GT(times.expected(8), times.expected(1));
  times.observe(1, 2.0);
  EXPECT_DOUBLE_EQ(times.expected(1), 2.0);
  EXPECT_GT(times.expected(5), 2.0);
  times.observe(9, 6.0);
  EXPECT_DOUBLE_EQ(times.expected(5), 4.0);
  EXPECT_GT(times.expected(20), 6.0);
  times.observe(1, 100.0);  // something else ran
  EXPECT_LT(times.expected(1), 2.6);
  for (int i = 0; i < 60; ++i) times.observe(1, 3.0);
  EXPECT_NEAR(times.expected(1), 3.0, 0.01);
  times.observe(0, 1.0);
  times.observe(PassTimes::kMostRows + 1, 1.0);
  times.observe(2, 0.0);
  EXPECT_NEAR(times.expected(1), 3.0, 0.01);
}

TEST(PassTimes, ForgetsWhatWasNotSeenForLong) {
  PassTimes times;
  times.observe(1, 1.0);
  times.observe(4, 50.0);  // once, on a bad day
  EXPECT_DOUBLE_EQ(times.expected(4), 50.0);
  for (int i = 0; i < 300; ++i) times.observe(1, 1.0);
  EXPECT_LT(times.expected(4), 2.0);
}

TEST(DraftChances, FollowWhatHappens) {
  DraftChances chances;
  const double before = chances.of(2);
  for (int i = 0; i < 40; ++i) chances.learn(2, 0, true);
  EXPECT_LT(chances.of(2), 0.05);
  EXPECT_GE(chances.of(2), 0);
  EXPECT_GE(chances.of(8), before) << "other lengths are counted by themselves";
  for (int i = 0; i < 10; ++i) chances.learn(2, 8, false);
  EXPECT_GT(chances.of(2), 0.9);
  EXPECT_LT(chances.of(2), 1);
  for (int i = 0; i < 200; ++i) chances.learn(8, 3, true);
  EXPECT_NEAR(chances.of(8), 0.75, 0.1);
}

}  // namespace
}  // namespace hearth
