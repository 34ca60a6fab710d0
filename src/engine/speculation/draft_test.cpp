#include "engine/speculation/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Draft draft(const std::vector<TokenId>& tokens, std::int64_t most) {
  Draft result;
  result.tokens = {99};
  result.match = 5;
  find_draft(tokens, most, result);
  return result;
}

TEST(Draft, IsWhatFollowedTheSameTokensBefore) {
  const Draft found = draft({1, 2, 3, 4, 5, 6, 9, 2, 3}, 3);
  EXPECT_THAT(found.tokens, ElementsAre(4, 5, 6));
  EXPECT_EQ(found.match, 2);
}

TEST(Draft, TheLongestMatchWinsAndAmongEqualsTheLast) {
  // "1 2 3" stood before 7; "2 3" stood before 8 later.
  EXPECT_THAT(draft({1, 2, 3, 7, 0, 2, 3, 8, 0, 1, 2, 3}, 1).tokens, ElementsAre(7));
  EXPECT_THAT(draft({0, 2, 3, 7, 0, 2, 3, 8, 1, 2, 3}, 1).tokens, ElementsAre(8));
}

TEST(Draft, ATextThatRepeatsGoesOn) {
  const Draft found = draft({1, 2, 3, 1, 2, 3, 1, 2}, 7);
  EXPECT_THAT(found.tokens, ElementsAre(3, 1, 2, 3, 1, 2, 3));
  EXPECT_EQ(found.match, 5);
  EXPECT_THAT(draft({7, 7, 7}, 3).tokens, ElementsAre(7, 7, 7));
}

TEST(Draft, NothingIsGuessedFromNothing) {
  EXPECT_THAT(draft({}, 4).tokens, IsEmpty());
  EXPECT_THAT(draft({1}, 4).tokens, IsEmpty());
  EXPECT_THAT(draft({1, 1}, 4).tokens, IsEmpty());
  EXPECT_THAT(draft({1, 2, 3, 4}, 4).tokens, IsEmpty());
  EXPECT_THAT(draft({1, 2, 3, 9, 3}, 4).tokens, IsEmpty()) << "a single token is no match";
  EXPECT_THAT(draft({1, 2, 3, 1, 2}, 0).tokens, IsEmpty());
  EXPECT_THAT(draft({1, 2, 3, 1, 2}, -3).tokens, IsEmpty());
  EXPECT_EQ(draft({1, 2, 3, 4}, 4).match, 0);
}

/// The definition, without any haste.
Draft by_definition(const std::vector<TokenId>& tokens, std::int64_t most) {
  Draft best;
  const auto n = static_cast<std::int64_t>(tokens.size());
  const auto at = [&](std::int64_t i) { return tokens[static_cast<std::size_t>(i)]; };
  for (std::int64_t length = kLongestMatch; length >= kShortestMatch; --length) {
    for (std::int64_t end = n - 1; end >= length; --end) {
      std::int64_t same = 0;
      while (same < length && at(end - 1 - same) == at(n - 1 - same)) ++same;
      if (same < length) continue;
      best.match = length;
      std::vector<TokenId> all = tokens;
      for (std::int64_t i = 0; i < most; ++i) all.push_back(all[static_cast<std::size_t>(end + i)]);
      best.tokens.assign(all.begin() + n, all.end());
      return best;
    }
  }
  return best;
}

TEST(Draft, IsThatOfTheDefinition) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::vector<TokenId> tokens(random() % 40);
    for (TokenId& id : tokens) id = static_cast<TokenId>(random() % (2 + random() % 4));
    const auto most = static_cast<std::int64_t>(1 + random() % 12);
    const Draft got = draft(tokens, most);
    const Draft expected = by_definition(tokens, most);
    ASSERT_EQ(got.tokens, expected.tokens) << round;
    ASSERT_EQ(got.match, expected.match) << round;
  }
}

}  // namespace
}  // namespace hearth
