#include "runtime/constraint.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hearth {
namespace {

Constraint regex(const std::string& text) {
  Constraint constraint;
  constraint.kind = ConstraintKind::kRegex;
  constraint.text = text;
  return constraint;
}

TEST(GrammarCache, CompilesAConstraintOnce) {
  GrammarCache cache;
  const auto first = cache.get(regex("[a-z]+"));
  EXPECT_EQ(cache.get(regex("[a-z]+")), first);
  EXPECT_NE(cache.get(regex("[a-y]+")), first);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.get({}), nullptr);
}

TEST(GrammarCache, ForgetsTheOneUsedLeastRecently) {
  GrammarCache cache;
  const auto kept = cache.get(regex("a"));
  const auto forgotten = cache.get(regex("b"));
  for (int i = 0; i < 62; ++i) cache.get(regex("c{" + std::to_string(i + 1) + "}"));
  EXPECT_EQ(cache.get(regex("a")), kept);
  cache.get(regex("d"));
  EXPECT_EQ(cache.size(), 64U);
  EXPECT_EQ(cache.get(regex("a")), kept);
  EXPECT_NE(cache.get(regex("b")), forgotten);
}

TEST(GrammarCache, ManyThreadsMayAsk) {
  GrammarCache cache;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_NE(cache.get(regex("[a-z]{" + std::to_string((t + i) % 80 + 1) + "}")), nullptr);
        EXPECT_LE(cache.size(), 64U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hearth
