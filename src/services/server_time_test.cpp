#include "services/server_time.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

// Unix times by `date -u -d … +%s`.
TEST(ServerTime, Rfc3339) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2026-11-21T08:00:00Z"), 1795248000);
  EXPECT_EQ(parse_rfc3339("2026-11-21T08:00:00.123456789+01:00"), 1795244400);
  EXPECT_EQ(parse_rfc3339("2026-11-21T08:00:00-05:30"), 1795267800);
  EXPECT_EQ(parse_rfc3339("2318-03-04T00:00:00.5Z"), 10987142400);
}

TEST(ServerTime, WhatIsNone) {
  for (const char* text : {"", "yesterday", "2026-11-21", "2026-11-21T08:00:00", "2026-13-21T08:00:00Z",
                           "2026-02-30T08:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T08:00:00+1",
                           "2026-11-2xT08:00:00Z", "-026-11-21T08:00:00Z", "2026-11-21T08:00:00Zjunk"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hearth
