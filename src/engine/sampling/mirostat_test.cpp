#include "engine/sampling/mirostat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace hearth {
namespace {

Candidates from_logits(const std::vector<float>& logits) {
  Candidates candidates;
  candidates.assign_all(logits);
  return candidates;
}

TEST(Mirostat, DropsWhatIsMoreSurprisingThanMu) {
  // Probabilities 1/2, 1/4, 1/8, 1/8: surprises of 1, 2, 3, 3 bits. mu = 2 tau = 2.2 leaves the first two.
  const auto ln2 = static_cast<float>(std::log(2.0));
  std::set<TokenId> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Mirostat mirostat(1.1F, 0.1F);
    Random random(seed);
    Candidates candidates = from_logits({-3 * ln2, -ln2, -2 * ln2, -3 * ln2});
    seen.insert(mirostat.draw(candidates, 1.0F, random));
  }
  EXPECT_EQ(seen, (std::set<TokenId>{1, 2}));
}

TEST(Mirostat, MovesMuByTheErrorOfTheSurprise) {
  Mirostat mirostat(2.0F, 0.5F);
  EXPECT_EQ(mirostat.mu(), 4.0);
  Random random(1);
  Candidates candidates = from_logits({0.0F, 0.0F});  // whichever is drawn: 1 bit
  mirostat.draw(candidates, 1.0F, random);
  EXPECT_NEAR(mirostat.mu(), 4.0 - 0.5 * (1.0 - 2.0), 1e-12);
}

TEST(Mirostat, TheSurpriseIsThatAmongWhatWasLeft) {
  // mu = 1.2 bits leaves the first token alone (its own surprise is 1 bit): drawn with certainty, 0 bits.
  const auto ln2 = static_cast<float>(std::log(2.0));
  Mirostat mirostat(0.6F, 1.0F);
  Random random(1);
  Candidates candidates = from_logits({-ln2, -2 * ln2, -2 * ln2});
  EXPECT_EQ(mirostat.draw(candidates, 1.0F, random), 0);
  EXPECT_NEAR(mirostat.mu(), 2.0 * 0.6 + 0.6, 1e-6);
}

TEST(Mirostat, TheLikeliestStaysHoweverSmallMuIs) {
  Mirostat mirostat(0.0F, 0.1F);
  Random random(2);
  Candidates candidates = from_logits({1.0F, 1.5F, 1.5F, 0.0F});
  EXPECT_EQ(mirostat.draw(candidates, 1.0F, random), 1);
}

TEST(Mirostat, TemperatureComesFirst) {
  // At temperature 1 the second token has 1.31 bits; at 0.25 it has 4.1.
  std::set<TokenId> hot;
  std::set<TokenId> cold;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const float temperature : {1.0F, 0.25F}) {
      Mirostat mirostat(1.0F, 0.1F);
      Random random(seed);
      Candidates candidates = from_logits({1.0F, 0.3F});
      (temperature == 1.0F ? hot : cold).insert(mirostat.draw(candidates, temperature, random));
    }
  }
  EXPECT_EQ(hot, (std::set<TokenId>{0, 1}));
  EXPECT_EQ(cold, (std::set<TokenId>{0}));
}

TEST(Mirostat, TheAverageSurpriseApproachesTau) {
  // Zipf-like logits over 5000 tokens: without steering the average surprise is about 8.6 bits.
  std::vector<float> logits;
  for (int rank = 1; rank <= 5000; ++rank) logits.push_back(-static_cast<float>(std::log(static_cast<double>(rank))));
  const float tau = 4.0F;
  Mirostat mirostat(tau, 0.1F);
  Random random(3);
  double total = 0.0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    const double before = mirostat.mu();
    Candidates candidates = from_logits(logits);
    mirostat.draw(candidates, 1.0F, random);
    total += (before - mirostat.mu()) / 0.1 + static_cast<double>(tau);
  }
  EXPECT_NEAR(total / kDraws, static_cast<double>(tau), 0.1);
}

}  // namespace
}  // namespace hearth
