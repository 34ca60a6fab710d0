#include "runtime/serving/serving_memory.h"

#include <gtest/gtest.h>

#include <limits>

namespace hearth {
namespace {

TEST(ServingMemory, LeavesATenthAndTheWeights) {
  EXPECT_EQ(choose_kv_bytes({.available = 1000, .weights = 400, .bytes_a_context = 10, .max_running = 1000}), 540U);
}

TEST(ServingMemory, OneContextAtLeastOneForEachAtMost) {
  EXPECT_EQ(choose_kv_bytes({.available = 1000, .weights = 2000, .bytes_a_context = 300, .max_running = 4}), 300U);
  EXPECT_EQ(choose_kv_bytes({.available = 100000, .weights = 0, .bytes_a_context = 300, .max_running = 4}), 1200U);
}

TEST(ServingMemory, LargeNumbersDoNotOverflow) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(choose_kv_bytes({.available = kMost,
                             .weights = 0,
                             .bytes_a_context = kMost / 2,
                             .max_running = std::numeric_limits<std::int64_t>::max()}),
            kMost / 10 * 9);
}

}  // namespace
}  // namespace hearth
