#include "engine/sampling/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<TokenId> ids(const Candidates& candidates) {
  std::vector<TokenId> result;
  for (std::size_t i = 0; i < candidates.size(); ++i) result.push_back(candidates.id(i));
  return result;
}

/// The k best by a full sort, in the order of their ids.
std::vector<TokenId> top_k_by_sorting(const std::vector<float>& logits, std::size_t k) {
  std::vector<TokenId> order;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > -kInf) order.push_back(static_cast<TokenId>(i));
  }
  std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) {
    return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(k, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

TEST(Candidates, LeavesOutNanAndMinusInfinity) {
  const std::vector<float> logits = {kNan, 1.0F, -kInf, 3.0F, kNan, 2.0F, -1e30F};
  Candidates candidates;
  candidates.assign_all(logits);
  EXPECT_THAT(ids(candidates), ElementsAre(1, 3, 5, 6));
  EXPECT_EQ(candidates.max_logit(), 3.0F);
  candidates.assign_top_k(logits, 2);
  EXPECT_THAT(ids(candidates), ElementsAre(3, 5));
  candidates.assign_top_k(logits, 100);
  EXPECT_THAT(ids(candidates), ElementsAre(1, 3, 5, 6));
}

TEST(Candidates, AreEmptyWhenNothingIsUsable) {
  const std::vector<float> logits = {kNan, -kInf, kNan};
  Candidates candidates;
  candidates.assign_all(logits);
  EXPECT_TRUE(candidates.empty());
  candidates.assign_top_k(logits, 2);
  EXPECT_TRUE(candidates.empty());
}

TEST(Candidates, PlusInfinityIsTheLargestNumberAndGetsAllTheWeight) {
  const std::vector<float> logits = {1.0F, kInf, 5.0F, kInf};
  Candidates candidates;
  candidates.assign_all(logits);
  candidates.weigh();
  EXPECT_THAT(std::vector<float>(candidates.weights().begin(), candidates.weights().end()),
              ElementsAre(0.0F, 1.0F, 0.0F, 1.0F));
  EXPECT_EQ(candidates.total(), 2.0);
  candidates.assign_top_k(logits, 1);
  EXPECT_THAT(ids(candidates), ElementsAre(1));
}

TEST(Candidates, TopKEqualsAFullSortOnRandomLogitsWithManyTies) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const auto n = 1 + static_cast<std::size_t>(random.uniform() * 3000);
    const int levels = round % 3 == 0 ? 5 : 100000;
    std::vector<float> logits(n);
    for (float& logit : logits) logit = std::floor(static_cast<float>(random.uniform()) * static_cast<float>(levels));
    if (round % 5 == 0) std::sort(logits.begin(), logits.end());  // each new one is the best so far
    for (const std::size_t k : {std::size_t{1}, std::size_t{2}, std::size_t{40}, n / 2 + 1, n, n + 7}) {
      Candidates candidates;
      candidates.assign_top_k(logits, k);
      ASSERT_EQ(ids(candidates), top_k_by_sorting(logits, k)) << "n " << n << " k " << k;
    }
  }
}

TEST(Candidates, TopKOfEqualLogitsAreTheFirstIds) {
  const std::vector<float> logits(262144, 0.25F);
  Candidates candidates;
  candidates.assign_top_k(logits, 3);
  EXPECT_THAT(ids(candidates), ElementsAre(0, 1, 2));
}

TEST(Candidates, WeightsAreTheSoftmax) {
  std::vector<float> logits(1001);
  Random random(3);
  for (float& logit : logits) logit = static_cast<float>(random.uniform() * 20.0 - 10.0);
  for (const float temperature : {0.1F, 1.0F, 7.0F}) {
    double total = 0.0;
    for (const float logit : logits) total += std::exp(static_cast<double>(logit) / static_cast<double>(temperature));
    Candidates candidates;
    candidates.assign_all(logits);
    candidates.weigh(temperature);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double expected = std::exp(static_cast<double>(logits[i]) / static_cast<double>(temperature)) / total;
      ASSERT_NEAR(static_cast<double>(candidates.weight(i)) / candidates.total(), expected, 1e-5 * expected + 1e-12);
    }
  }
}

TEST(Candidates, TheSmallestTemperatureIsGreedyAndTheLargestFlat) {
  const std::vector<float> logits = {1.0F, 1.5F, -2.0F};
  Candidates candidates;
  candidates.assign_all(logits);
  candidates.weigh(std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(candidates.weight(0), 0.0F);
  EXPECT_EQ(candidates.weight(1), 1.0F);
  candidates.weigh(std::numeric_limits<float>::max());
  EXPECT_EQ(candidates.total(), 3.0);
}

TEST(Candidates, KeepIfKeepsOrderAndWeights) {
  Candidates candidates;
  candidates.assign_all(std::vector<float>{0.0F, 3.0F, 1.0F, 2.0F});
  candidates.weigh();
  const float weight_of_2 = candidates.weight(2);
  candidates.keep_if([](std::size_t i) { return i != 1; });
  EXPECT_THAT(ids(candidates), ElementsAre(0, 2, 3));
  EXPECT_EQ(candidates.max_logit(), 2.0F);
  EXPECT_EQ(candidates.weight(1), weight_of_2);
  candidates.keep_if([](std::size_t) { return false; });
  EXPECT_THAT(ids(candidates), IsEmpty());
}

TEST(Candidates, DrawsEachByItsWeightAndNeverAWeightlessOne) {
  // 3000 candidates reach over several of draw()'s strides; a quarter of them have no weight.
  std::vector<float> logits(3000);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = i % 4 == 0 ? -1000.0F : static_cast<float>(i % 3);
  Candidates candidates;
  candidates.assign_all(logits);
  candidates.weigh();
  Random random(5);
  std::vector<int> by_level(3, 0);
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const std::size_t drawn = candidates.draw(random);
    ASSERT_NE(drawn % 4, 0U);
    ++by_level[drawn % 3];
  }
  // Equally many tokens at each level: e^0 : e^1 : e^2.
  const double total = 1.0 + std::exp(1.0) + std::exp(2.0);
  for (std::size_t level = 0; level < 3; ++level) {
    const double expected = kDraws * std::exp(static_cast<double>(level)) / total;
    EXPECT_NEAR(by_level[level], expected, 5.0 * std::sqrt(expected));
  }
}

}  // namespace
}  // namespace hearth
