#include "engine/sampling/penalties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "engine/sampling/random.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;

SamplingParams with(float repeat, float presence, float frequency, std::int32_t window = 64) {
  SamplingParams params;
  params.repeat_penalty = repeat;
  params.presence_penalty = presence;
  params.frequency_penalty = frequency;
  params.penalty_window = window;
  return params;
}

std::vector<float> applied(const SamplingParams& params, const std::vector<TokenId>& history,
                           std::vector<float> logits) {
  Penalties penalties(params);
  for (const TokenId id : history) penalties.accept(id);
  penalties.apply(logits);
  return logits;
}

TEST(Penalties, RepeatDividesPositiveAndMultipliesNegativeLogits) {
  EXPECT_THAT(applied(with(2.0F, 0, 0), {0, 1, 2, 2}, {4.0F, -4.0F, 0.0F, 4.0F}), ElementsAre(2.0F, -8.0F, 0.0F, 4.0F));
}

TEST(Penalties, PresenceCountsOnceAndFrequencyEachTime) {
  EXPECT_THAT(applied(with(1.0F, 0.5F, 0), {0, 0, 0, 1}, {1.0F, 1.0F, 1.0F}), ElementsAre(0.5F, 0.5F, 1.0F));
  EXPECT_THAT(applied(with(1.0F, 0, 0.25F), {0, 0, 0, 1}, {1.0F, 1.0F, 1.0F}), ElementsAre(0.25F, 0.75F, 1.0F));
  EXPECT_THAT(applied(with(2.0F, 0.5F, 0.25F), {0, 0, 1}, {1.0F, 1.0F, 1.0F}), ElementsAre(-0.5F, -0.25F, 1.0F));
}

TEST(Penalties, OnlyTheWindowCounts) {
  EXPECT_THAT(applied(with(1.0F, 0, 1.0F, 2), {0, 1, 1, 2}, {0, 0, 0}), ElementsAre(0.0F, -1.0F, -1.0F));
  EXPECT_THAT(applied(with(1.0F, 0, 1.0F, -1), {0, 1, 1, 2}, {0, 0, 0}), ElementsAre(-1.0F, -2.0F, -1.0F));
  EXPECT_THAT(applied(with(1.0F, 0, 1.0F, 0), {0, 1, 1, 2}, {0, 0, 0}), ElementsAre(0.0F, 0.0F, 0.0F));
}

TEST(Penalties, EqualACountOfTheWindowOnRandomHistories) {
  Random random(8);
  for (int round = 0; round < 100; ++round) {
    const auto window = static_cast<std::size_t>(random.uniform() * 30) + 1;
    std::vector<TokenId> history(static_cast<std::size_t>(random.uniform() * 100));
    for (TokenId& id : history) id = static_cast<TokenId>(random.uniform() * 10);
    const auto actual =
        applied(with(1.0F, 0.125F, 0.5F, static_cast<std::int32_t>(window)), history, std::vector<float>(10, 0.0F));
    std::map<TokenId, int> counts;
    for (std::size_t i = history.size() - std::min(window, history.size()); i < history.size(); ++i)
      ++counts[history[i]];
    for (TokenId id = 0; id < 10; ++id) {
      const float expected = counts[id] == 0 ? 0.0F : -(0.125F + 0.5F * static_cast<float>(counts[id]));
      ASSERT_EQ(actual[static_cast<std::size_t>(id)], expected);
    }
  }
}

TEST(Penalties, KeepLogitsFiniteAndForbiddenTokensForbidden) {
  constexpr float kMax = std::numeric_limits<float>::max();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const auto logits = applied(with(1e-30F, kMax, kMax), {0, 0, 1, 2, 3}, {kMax, -kMax, -kInf, std::nanf("")});
  EXPECT_TRUE(std::isfinite(logits[0]));
  EXPECT_TRUE(std::isfinite(logits[1]));
  EXPECT_EQ(logits[2], -kInf);
  EXPECT_TRUE(std::isnan(logits[3]));
}

}  // namespace
}  // namespace hearth
