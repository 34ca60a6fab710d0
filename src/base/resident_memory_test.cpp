#include "base/resident_memory.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth {
namespace {

TEST(ResidentMemory, GrowsWithWhatIsTouched) {
  constexpr std::size_t kBytes = 64 << 20;
  const std::uint64_t before = resident_bytes();
  if (before == 0) GTEST_SKIP() << "skipped: this system does not tell";
  const std::vector<char> touched(kBytes, 1);
  EXPECT_GE(resident_bytes() + touched[kBytes / 2], before + kBytes * 9 / 10);
}

}  // namespace
}  // namespace hearth
