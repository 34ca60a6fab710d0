// Each truncation step against distributions worked out by hand and against a sort-based reference in double precision.
#include "engine/sampling/truncation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/sampling/keep_mass.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;

using Ids = std::vector<TokenId>;

Candidates from_probabilities(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  logits.reserve(probabilities.size());
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)) + 3.0F);
  Candidates candidates;
  candidates.assign_all(logits);
  return candidates;
}

Ids ids(const Candidates& candidates) {
  Ids result;
  for (std::size_t i = 0; i < candidates.size(); ++i) result.push_back(candidates.id(i));
  return result;
}

std::vector<float> random_logits(Random& random, std::size_t n, double spread, bool ties) {
  std::vector<float> logits(n);
  for (float& logit : logits) {
    const double value = (random.uniform() + random.uniform() + random.uniform() - 1.5) * spread;
    logit = static_cast<float>(ties ? std::round(value) : value);
  }
  return logits;
}

std::vector<double> softmax(const std::vector<float>& logits) {
  const double max = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  p.reserve(logits.size());
  for (const float logit : logits) p.push_back(std::exp(static_cast<double>(logit) - max));
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& value : p) value /= total;
  return p;
}

/// The smallest prefix, in the order of `key` (ids among equals), whose probability reaches `share`. `clear` tells
/// whether the border is far enough from rounding to demand equality.
Ids prefix_by_sorting(const std::vector<double>& p, const std::vector<double>& key, double share, bool& clear) {
  Ids order(p.size());
  std::iota(order.begin(), order.end(), 0);
  const auto at = [](const std::vector<double>& values, TokenId id) { return values[static_cast<std::size_t>(id)]; };
  std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return at(key, a) < at(key, b); });
  double sum = 0.0;
  Ids kept;
  clear = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    kept.push_back(order[i]);
    sum += at(p, order[i]);
    clear = clear && std::fabs(sum - share) > 2e-6;
    if (sum >= share) {
      // Two keys that differ by less than float resolution may change places.
      if (i + 1 < order.size() && at(key, order[i]) != at(key, order[i + 1])) {
        clear = clear && at(key, order[i + 1]) - at(key, order[i]) > 4e-6;
      }
      break;
    }
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

TEST(TopP, KeepsTheTokenThatCrosses) {
  for (const auto& [top_p, expected] : std::vector<std::pair<float, Ids>>{
           {0.05F, {3}}, {0.39F, {3}}, {0.41F, {2, 3}}, {0.69F, {2, 3}}, {0.71F, {1, 2, 3}}, {0.95F, {0, 1, 2, 3}}}) {
    Candidates candidates = from_probabilities({0.1, 0.2, 0.3, 0.4});
    apply_top_p(candidates, top_p);
    EXPECT_EQ(ids(candidates), expected) << top_p;
  }
}

TEST(TopP, TakesTheLowestIdsAmongEquals) {
  Candidates candidates = from_probabilities({0.25, 0.25, 0.25, 0.25});
  apply_top_p(candidates, 0.5F);
  EXPECT_THAT(ids(candidates), ElementsAre(0, 1));
}

TEST(TopP, EqualsASortOnRandomLogits) {
  Random random(21);
  int compared = 0;
  for (int round = 0; round < 400; ++round) {
    const auto n = 1 + static_cast<std::size_t>(random.uniform() * 2000);
    const auto logits = random_logits(random, n, std::exp(random.uniform() * 5.0 - 2.0), round % 4 == 0);
    const auto top_p = static_cast<float>(0.01 + 0.98 * random.uniform());
    const auto p = softmax(logits);
    std::vector<double> key;
    key.reserve(p.size());
    for (const double value : p) key.push_back(-std::log(value));
    bool clear = false;
    const Ids expected = prefix_by_sorting(p, key, static_cast<double>(top_p), clear);
    Candidates candidates;
    candidates.assign_all(logits);
    apply_top_p(candidates, top_p);
    if (!clear) continue;
    ++compared;
    ASSERT_EQ(ids(candidates), expected) << "n " << n << " top_p " << top_p;
  }
  EXPECT_GT(compared, 100);
}

TEST(TopP, TakesHalfOfAFlatVocabularyOf256Ki) {
  std::vector<float> logits(262144, -3.0F);
  Candidates candidates;
  candidates.assign_all(logits);
  apply_top_p(candidates, 0.5F);
  ASSERT_EQ(candidates.size(), logits.size() / 2);
  EXPECT_EQ(candidates.id(candidates.size() - 1), 131071);
}

TEST(KeepMass, OrdersByKeyAlone) {
  Candidates candidates = from_probabilities({0.4, 0.1, 0.3, 0.2});
  candidates.weigh();
  const std::vector<float> keys = {9.0F, 0.5F, 1e30F, 0.0F};  // 3, 1, 0, 2
  keep_mass(candidates, keys, 0.29 * candidates.total());
  EXPECT_THAT(ids(candidates), ElementsAre(1, 3));
}

TEST(KeepMass, AMassThatIsNeverReachedKeepsAllAndAMassOfNothingKeepsOne) {
  const std::vector<float> keys = {3.0F, 1.0F, 2.0F};
  Candidates candidates = from_probabilities({0.5, 0.25, 0.25});
  candidates.weigh();
  keep_mass(candidates, keys, 100.0 * candidates.total());
  EXPECT_EQ(candidates.size(), 3U);
  keep_mass(candidates, keys, 0.0);
  EXPECT_THAT(ids(candidates), ElementsAre(1));
}

TEST(Typical, PrefersAverageSurpriseOverTheLikeliest) {
  // Entropy of (.5, .2, .1, .1, .1) is 1.3592 nats; surprises .693, 1.609, 2.303: distances .666, .250, .943.
  Candidates candidates = from_probabilities({0.5, 0.2, 0.1, 0.1, 0.1});
  apply_typical(candidates, 0.15F);
  EXPECT_THAT(ids(candidates), ElementsAre(1));
  candidates = from_probabilities({0.5, 0.2, 0.1, 0.1, 0.1});
  apply_typical(candidates, 0.6F);
  EXPECT_THAT(ids(candidates), ElementsAre(0, 1));
  candidates = from_probabilities({0.5, 0.2, 0.1, 0.1, 0.1});
  apply_typical(candidates, 0.75F);
  EXPECT_THAT(ids(candidates), ElementsAre(0, 1, 2));
}

TEST(Typical, EqualsASortOnRandomLogits) {
  Random random(22);
  int compared = 0;
  for (int round = 0; round < 400; ++round) {
    const auto n = 2 + static_cast<std::size_t>(random.uniform() * 500);
    const auto logits = random_logits(random, n, std::exp(random.uniform() * 3.0 - 1.0), false);
    const auto typical_p = static_cast<float>(0.05 + 0.9 * random.uniform());
    const auto p = softmax(logits);
    double entropy = 0.0;
    for (const double value : p) entropy -= value * std::log(value);
    std::vector<double> key;
    key.reserve(p.size());
    for (const double value : p) key.push_back(std::fabs(-std::log(value) - entropy));
    bool clear = false;
    const Ids expected = prefix_by_sorting(p, key, static_cast<double>(typical_p), clear);
    Candidates candidates;
    candidates.assign_all(logits);
    apply_typical(candidates, typical_p);
    if (!clear) continue;
    ++compared;
    ASSERT_EQ(ids(candidates), expected) << "n " << n << " typical_p " << typical_p;
  }
  EXPECT_GT(compared, 100);
}

TEST(MinP, IsRelativeToTheLikeliest) {
  for (const auto& [min_p, expected] : std::vector<std::pair<float, Ids>>{
           {0.2F, {0, 1, 2, 3}}, {0.26F, {1, 2, 3}}, {0.49F, {1, 2, 3}}, {0.51F, {2, 3}}, {0.76F, {3}}, {1.0F, {3}}}) {
    Candidates candidates = from_probabilities({0.1, 0.2, 0.3, 0.4});
    apply_min_p(candidates, min_p);
    EXPECT_EQ(ids(candidates), expected) << min_p;
  }
}

TEST(MinP, OneKeepsAllThatAreEquallyLikely) {
  Candidates candidates = from_probabilities({0.4, 0.2, 0.4});
  apply_min_p(candidates, 1.0F);
  EXPECT_THAT(ids(candidates), ElementsAre(0, 2));
}

TEST(Xtc, RemovesAllTopChoicesButTheLeastLikely) {
  for (const auto& [threshold, expected] : std::vector<std::pair<float, Ids>>{{0.09F, {0}},
                                                                              {0.11F, {0, 1}},
                                                                              {0.19F, {0, 1}},
                                                                              {0.21F, {0, 1, 2}},
                                                                              {0.31F, {0, 1, 2, 3}},
                                                                              {0.45F, {0, 1, 2, 3}}}) {
    Candidates candidates = from_probabilities({0.1, 0.2, 0.3, 0.4});
    Random random(1);
    apply_xtc(candidates, 1.0F, threshold, random);
    EXPECT_EQ(ids(candidates), expected) << threshold;
  }
}

TEST(Xtc, SparesTheHighestIdAmongEquals) {
  Candidates candidates = from_probabilities({0.3, 0.3, 0.3, 0.1});
  Random random(1);
  apply_xtc(candidates, 1.0F, 0.2F, random);
  EXPECT_THAT(ids(candidates), ElementsAre(2, 3));
}

TEST(Xtc, ActsAsOftenAsItsProbabilitySays) {
  Random random(9);
  int acted = 0;
  constexpr int kRounds = 20000;
  for (int i = 0; i < kRounds; ++i) {
    Candidates candidates = from_probabilities({0.5, 0.4, 0.1});
    apply_xtc(candidates, 0.3F, 0.2F, random);
    acted += candidates.size() == 2 ? 1 : 0;
  }
  EXPECT_NEAR(acted, 0.3 * kRounds, 5.0 * std::sqrt(0.3 * 0.7 * kRounds));
}

TEST(Xtc, CostsOneRandomNumberWheneverItIsOn) {
  Random used(4);
  Random fresh(4);
  Candidates candidates = from_probabilities({1.0});
  apply_xtc(candidates, 0.5F, 0.1F, used);
  fresh.next();
  EXPECT_EQ(used.next(), fresh.next());
}

TEST(Truncation, EachStepIsTheIdentityWhenItIsOff) {
  Random random(31);
  const auto logits = random_logits(random, 300, 4.0, false);
  Candidates candidates;
  candidates.assign_all(logits);
  apply_typical(candidates, 1.0F);
  apply_top_p(candidates, 1.0F);
  apply_min_p(candidates, 0.0F);
  apply_xtc(candidates, 0.0F, 0.1F, random);
  apply_xtc(candidates, 1.0F, 0.51F, random);
  EXPECT_EQ(candidates.size(), logits.size());
}

TEST(Truncation, NeverRemovesTheLastCandidate) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{17}}) {
    Random random(n);
    Candidates candidates;
    candidates.assign_all(random_logits(random, n, 200.0, false));
    apply_typical(candidates, 1e-30F);
    EXPECT_GE(candidates.size(), 1U);
    apply_top_p(candidates, 1e-30F);
    EXPECT_EQ(candidates.size(), 1U);
    apply_min_p(candidates, 1.0F);
    apply_xtc(candidates, 1.0F, 0.0F, random);
    EXPECT_EQ(candidates.size(), 1U);
  }
}

}  // namespace
}  // namespace hearth
