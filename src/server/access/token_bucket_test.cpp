#include "server/access/token_bucket.h"

#include <gtest/gtest.h>

#include <utility>

namespace hearth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TokenBucket, AllowsABurstAndThenTheRate) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket(60, now);  // one a second, ten at once
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.take(now), 0);
  EXPECT_EQ(bucket.take(now), 1);
  EXPECT_EQ(bucket.take(now + milliseconds(500)), 1);
  EXPECT_EQ(bucket.take(now + milliseconds(1001)), 0);
  EXPECT_EQ(bucket.take(now + milliseconds(1002)), 1);
}

TEST(TokenBucket, AllowsNoMoreThanTheRateInTheLongRun) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket(30, now);
  int taken = 0;
  for (int i = 0; i < 600'000; i += 50) taken += bucket.take(now + milliseconds(i)) == 0 ? 1 : 0;
  EXPECT_NEAR(taken, 30 * 10 + 10, 1);  // ten minutes, and what it held at first
}

TEST(TokenBucket, OfASmallRateHoldsAWholeMinute) {
  for (const auto& [per_minute, at_once] : {std::pair(1, 1), {3, 3}, {10, 10}, {12, 10}, {60, 10}, {120, 20}}) {
    TokenBucket::Clock::time_point now{};
    TokenBucket bucket(per_minute, now);
    for (int i = 0; i < at_once; ++i) EXPECT_EQ(bucket.take(now), 0) << per_minute;
    EXPECT_EQ(bucket.take(now), (60 + per_minute - 1) / per_minute) << per_minute;
  }
}

TEST(TokenBucket, SaysHowLongASlowOneTakes) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket(0.5, now);
  EXPECT_EQ(bucket.take(now), 0);
  EXPECT_EQ(bucket.take(now), 120);
  EXPECT_FALSE(bucket.is_full(now));
  EXPECT_TRUE(bucket.is_full(now + seconds(121)));
}

}  // namespace
}  // namespace hearth
