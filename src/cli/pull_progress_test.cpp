#include "cli/pull_progress.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

TEST(PullProgress, Line) {
  PullProgress progress;
  progress.done = 210 << 20;
  progress.total = 420 << 20;
  EXPECT_EQ(progress_text(progress, 10 << 20, 10), " 50 % [=====>    ] 210 MiB of 420 MiB, 10 MiB/s, 21 s left");
  EXPECT_EQ(progress_text(progress, 0, 0), " 50 % 210 MiB of 420 MiB");
  progress.done = progress.total;
  EXPECT_EQ(progress_text(progress, 0, 4), "100 % [====] 420 MiB of 420 MiB");
  EXPECT_EQ(progress_text({}, 0, 4), "  0 % [>   ] 0 bytes of 0 bytes");
}

TEST(PullProgress, Durations) {
  EXPECT_EQ(duration_text(8), "8 s");
  EXPECT_EQ(duration_text(180), "3 min");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
  EXPECT_EQ(duration_text(1e12), "more than 99 h");
}

TEST(PullProgress, RateOverTheLastSeconds) {
  Rate rate;
  const Rate::Clock::time_point start{};
  EXPECT_EQ(rate.per_second(), 0);
  for (int second = 0; second <= 20; ++second) {
    // Slow for ten seconds, then fast.
    const std::uint64_t done = second <= 10 ? 10U * second : 100U + 1000U * (second - 10U);
    rate.add(start + std::chrono::seconds(second), done);
  }
  EXPECT_NEAR(rate.per_second(), 1000, 1);
  rate.add(start + std::chrono::seconds(21), 5);  // begun anew
  EXPECT_EQ(rate.per_second(), 0);
}

}  // namespace
}  // namespace hearth::cli
