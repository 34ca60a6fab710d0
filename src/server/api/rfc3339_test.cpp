#include "server/api/rfc3339.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Rfc3339, HasNanoseconds) {
  using std::chrono::system_clock;
  const system_clock::time_point time{std::chrono::duration_cast<system_clock::duration>(
      std::chrono::seconds(1691139139) + std::chrono::nanoseconds(385406455))};
  EXPECT_EQ(rfc3339(time), "2023-08-04T08:52:19.385406455Z");
  EXPECT_EQ(rfc3339(system_clock::time_point{} - std::chrono::milliseconds(1)), "1969-12-31T23:59:59.999000000Z");
  EXPECT_EQ(rfc3339(std::int64_t{1691139139}), "2023-08-04T08:52:19Z");
}

}  // namespace
}  // namespace hearth
