// The chain as a whole; its steps have tests of their own in sampling/.
#include "engine/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "engine/sampling/random.h"
#include "hearth/error.h"
#include "support/word_tokenizer.h"

namespace hearth {
namespace {

using testing::WordTokenizer;
using Logits = std::vector<float>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Everything off: the plain softmax at temperature 1.
SamplingParams plain(std::uint64_t seed = 1) {
  SamplingParams params;
  params.top_k = 0;
  params.top_p = 1.0F;
  params.min_p = 0.0F;
  params.temperature = 1.0F;
  params.seed = seed;
  return params;
}

SamplingParams greedy() {
  SamplingParams params;
  params.temperature = 0.0F;
  return params;
}

TokenId sample(const SamplingParams& params, Logits logits, const std::vector<TokenId>& history = {}) {
  const auto tokenizer = WordTokenizer::numbered(static_cast<std::int64_t>(logits.size()));
  Sampler sampler(params, tokenizer, tokenizer.vocab_size());
  for (const TokenId id : history) sampler.accept(id);
  return sampler.sample(logits);
}

std::vector<TokenId> draw_many(const SamplingParams& params, const Logits& logits, int n,
                               const std::vector<TokenId>& history = {}) {
  const auto tokenizer = WordTokenizer::numbered(static_cast<std::int64_t>(logits.size()));
  Sampler sampler(params, tokenizer, tokenizer.vocab_size());
  for (const TokenId id : history) sampler.accept(id);
  std::vector<TokenId> drawn;
  for (int i = 0; i < n; ++i) {
    Logits copy = logits;
    drawn.push_back(sampler.sample(copy));
  }
  return drawn;
}

/// Whether counts of drawn tokens fit `probabilities`: a chi-square test at about five standard deviations.
void expect_distribution(const std::vector<TokenId>& drawn, const std::vector<double>& probabilities) {
  std::vector<int> counts(probabilities.size(), 0);
  for (const TokenId id : drawn) ++counts.at(static_cast<std::size_t>(id));
  double chi_square = 0.0;
  int degrees = -1;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = probabilities[i] * static_cast<double>(drawn.size());
    if (probabilities[i] == 0.0) {
      EXPECT_EQ(counts[i], 0) << "token " << i << " must not be drawn";
      continue;
    }
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    ++degrees;
  }
  EXPECT_LT(chi_square, degrees + 6.0 * std::sqrt(2.0 * std::max(degrees, 1)) + 10.0);
}

std::vector<double> softmax(const std::vector<double>& logits, double temperature) {
  const double max = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  p.reserve(logits.size());
  for (const double logit : logits) p.push_back(std::exp((logit - max) / temperature));
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& value : p) value /= total;
  return p;
}

TEST(Sampler, DrawsFromTheSoftmax) {
  const Logits logits = {0.0F, 1.0F, 2.0F, -1.0F, 0.5F};
  expect_distribution(draw_many(plain(), logits, 100000), softmax({0.0, 1.0, 2.0, -1.0, 0.5}, 1.0));
}

TEST(Sampler, TemperatureFlattensAndSharpens) {
  SamplingParams params = plain(2);
  for (const float temperature : {0.5F, 2.0F}) {
    params.temperature = temperature;
    expect_distribution(draw_many(params, {0.0F, 1.0F, 2.0F}, 50000),
                        softmax({0.0, 1.0, 2.0}, static_cast<double>(temperature)));
  }
}

TEST(Sampler, TemperatureZeroTakesTheLargestAndTheLowestIdAmongEquals) {
  EXPECT_EQ(sample(greedy(), {0.0F, 3.0F, 2.0F}), 1);
  EXPECT_EQ(sample(greedy(), {0.0F, 3.0F, 3.0F}), 1);
  EXPECT_EQ(sample(greedy(), {kNan, -5.0F, -kInf, kNan}), 1);
  EXPECT_EQ(sample(greedy(), Logits(1000, 7.0F)), 0);
  SamplingParams with_mirostat = greedy();
  with_mirostat.mirostat = true;
  EXPECT_EQ(sample(with_mirostat, {0.0F, 3.0F, 2.0F}), 1);
}

TEST(Sampler, GreedyHeedsBiasPenaltiesAndDry) {
  SamplingParams params = greedy();
  params.logit_bias = {{0, 5.0F}, {1, -kInf}};
  EXPECT_EQ(sample(params, {0.0F, 9.0F, 4.0F}), 0);
  params = greedy();
  params.repeat_penalty = 2.0F;
  EXPECT_EQ(sample(params, {3.0F, 2.0F}, {0}), 1);
  params = greedy();
  params.dry_multiplier = 4.0F;
  EXPECT_EQ(sample(params, {3.0F, 0.0F, 2.0F}, {1, 2, 0, 1, 2}), 2);  // 0 would continue "1 2"
}

TEST(Sampler, PenaltiesComeAfterTheBias) {
  // (1 + 3) / 2 = 2 for token 0, and not 1 / 2 + 3.
  SamplingParams params = greedy();
  params.logit_bias = {{0, 3.0F}};
  params.repeat_penalty = 2.0F;
  EXPECT_EQ(sample(params, {1.0F, 2.5F}, {0}), 1);
  EXPECT_EQ(sample(params, {1.0F, 1.5F}, {0}), 0);
}

TEST(Sampler, TemperatureComesAfterTruncation) {
  // At temperature 100 all are nearly equal; top-p at temperature 1 leaves the first alone.
  SamplingParams params = plain();
  params.top_p = 0.9F;
  params.temperature = 100.0F;
  for (const TokenId id : draw_many(params, {5.0F, 0.0F, 0.0F}, 200)) EXPECT_EQ(id, 0);
}

TEST(Sampler, TopKComesBeforeTopP) {
  // Among the best two, the first has 0.6 and reaches top-p; among all four it has 0.43 and does not.
  SamplingParams params = plain();
  params.top_k = 2;
  params.top_p = 0.55F;
  const Logits logits = {std::log(6.0F), std::log(4.0F), std::log(2.0F), std::log(2.0F)};
  for (const TokenId id : draw_many(params, logits, 200)) EXPECT_EQ(id, 0);
  params.top_k = 0;
  const auto drawn = draw_many(params, logits, 200);
  EXPECT_EQ(std::set<TokenId>(drawn.begin(), drawn.end()), (std::set<TokenId>{0, 1}));
}

/// The chain's truncation by full sorts in double precision.
std::vector<double> reference_chain(const SamplingParams& params, const Logits& logits) {
  struct Item {
    std::size_t id;
    double logit;
    double p;
  };
  std::vector<Item> items;
  for (std::size_t i = 0; i < logits.size(); ++i) items.push_back({i, static_cast<double>(logits[i]), 0.0});
  const auto by_logit = [](const Item& a, const Item& b) { return a.logit > b.logit; };
  const auto normalise = [&](double temperature) {
    std::vector<double> values;
    values.reserve(items.size());
    for (const Item& item : items) values.push_back(item.logit);
    const auto p = softmax(values, temperature);
    for (std::size_t i = 0; i < items.size(); ++i) items[i].p = p[i];
  };
  const auto keep_share = [&](double share) {
    double sum = 0.0;
    std::size_t n = 0;
    while (n < items.size() && sum < share) sum += items[n++].p;
    items.resize(n);
  };
  std::stable_sort(items.begin(), items.end(), by_logit);
  if (params.top_k > 0) items.resize(std::min(items.size(), static_cast<std::size_t>(params.top_k)));
  if (params.typical_p < 1.0F) {
    normalise(1.0);
    double entropy = 0.0;
    for (const Item& item : items) entropy -= item.p * std::log(item.p);
    std::stable_sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
      return std::fabs(-std::log(a.p) - entropy) < std::fabs(-std::log(b.p) - entropy);
    });
    keep_share(static_cast<double>(params.typical_p));
    std::stable_sort(items.begin(), items.end(), by_logit);
  }
  if (params.top_p < 1.0F) {
    normalise(1.0);
    keep_share(static_cast<double>(params.top_p));
  }
  if (params.min_p > 0.0F) {
    normalise(1.0);
    const double bound = items.front().p * static_cast<double>(params.min_p);
    std::erase_if(items, [&](const Item& item) { return item.p < bound; });
  }
  if (params.xtc_probability == 1.0F) {
    normalise(1.0);
    std::size_t n_top = 0;
    while (n_top < items.size() && items[n_top].p >= static_cast<double>(params.xtc_threshold)) ++n_top;
    if (n_top > 1) items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(n_top) - 1);
  }
  normalise(static_cast<double>(params.temperature));
  std::vector<double> result(logits.size(), 0.0);
  for (const Item& item : items) result[item.id] = item.p;
  return result;
}

TEST(Sampler, TheWholeChainEqualsASortingReferenceForRandomParameters) {
  Random random(99);
  for (int round = 0; round < 60; ++round) {
    SamplingParams params = plain(static_cast<std::uint64_t>(round));
    const auto in = [&](double low, double high) { return static_cast<float>(low + (high - low) * random.uniform()); };
    if (random.uniform() < 0.5) params.top_k = 1 + static_cast<std::int32_t>(random.uniform() * 30);
    if (random.uniform() < 0.4) params.typical_p = in(0.2, 0.99);
    if (random.uniform() < 0.6) params.top_p = in(0.3, 0.99);
    if (random.uniform() < 0.5) params.min_p = in(0.01, 0.3);
    if (random.uniform() < 0.3) {
      params.xtc_probability = 1.0F;
      params.xtc_threshold = in(0.02, 0.3);
    }
    params.temperature = in(0.3, 2.0);
    Logits logits(40);
    for (float& logit : logits) logit = in(-4.0, 4.0);
    SCOPED_TRACE(round);
    expect_distribution(draw_many(params, logits, 5000), reference_chain(params, logits));
  }
}

TEST(Sampler, EachStepOffIsTheIdentity) {
  Random random(5);
  Logits logits(500);
  for (float& logit : logits) logit = static_cast<float>(random.uniform() * 8.0);
  const std::vector<TokenId> history = {1, 2, 3, 1, 2, 3, 1, 2};
  const auto expected = draw_many(plain(), logits, 200, history);
  const std::vector<std::function<void(SamplingParams&)>> no_changes = {
      [](SamplingParams& p) {
        p.logit_bias = {{4, 0.0F}};
      },
      [](SamplingParams& p) { p.penalty_window = 0, p.repeat_penalty = 3.0F, p.presence_penalty = 1.0F; },
      [](SamplingParams& p) { p.penalty_window = -1; },
      [](SamplingParams& p) { p.dry_window = 0, p.dry_multiplier = 2.0F; },
      [](SamplingParams& p) { p.dry_base = 3.0F; },
      [](SamplingParams& p) { p.top_k = 500; },
      [](SamplingParams& p) { p.top_k = 100000; },
      [](SamplingParams& p) { p.typical_p = 1.0F; },
      [](SamplingParams& p) { p.min_p = 1e-30F; },
      [](SamplingParams& p) { p.xtc_threshold = 0.0F; },
      [](SamplingParams& p) { p.mirostat_tau = 1.0F, p.mirostat_eta = 0.9F; }};
  for (std::size_t i = 0; i < no_changes.size(); ++i) {
    SamplingParams params = plain();
    no_changes[i](params);
    EXPECT_EQ(draw_many(params, logits, 200, history), expected) << "change " << i;
  }
}

TEST(Sampler, TheSeedDecidesEverythingAndIsReported) {
  const Logits logits(50, 1.0F);
  EXPECT_EQ(draw_many(plain(7), logits, 100), draw_many(plain(7), logits, 100));
  EXPECT_NE(draw_many(plain(7), logits, 100), draw_many(plain(8), logits, 100));
  SamplingParams fresh = plain();
  fresh.seed.reset();
  const auto tokenizer = WordTokenizer::numbered(50);
  const Sampler a(fresh, tokenizer, 50);
  const Sampler b(fresh, tokenizer, 50);
  EXPECT_NE(a.seed(), b.seed());
  EXPECT_EQ(Sampler(plain(7), tokenizer, 50).seed(), 7U);
}

TEST(Sampler, TheSameSeedGivesTheSameTokensOnEveryMachine) {
  // Of eight equal logits, token floor(8 u): computed apart from this code with Python's integers and fractions.
  EXPECT_EQ(draw_many(plain(42), Logits(8, 0.0F), 24),
            (std::vector<TokenId>{0, 3, 5, 7, 7, 6, 5, 6, 6, 4, 5, 2, 6, 2, 5, 7, 4, 6, 5, 5, 0, 1, 3, 4}));
}

TEST(Sampler, NanAndInfinityAreHandled) {
  SamplingParams params = plain();
  for (const TokenId id : draw_many(params, {kNan, 1.0F, -kInf, 1.0F, kNan}, 100)) EXPECT_TRUE(id == 1 || id == 3);
  for (const TokenId id : draw_many(params, {5.0F, kInf, 1.0F}, 20)) EXPECT_EQ(id, 1);
  params.top_k = 2;
  for (const TokenId id : draw_many(params, {kNan, 1.0F, -kInf, 1.0F, kNan}, 100)) EXPECT_TRUE(id == 1 || id == 3);
  for (SamplingParams p : {plain(), greedy(), SamplingParams{}}) {
    for (const bool mirostat : {false, true}) {
      p.mirostat = mirostat;
      try {
        sample(p, {kNan, -kInf, kNan});
        FAIL() << "something was picked from nothing";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInternal);
        EXPECT_EQ(error.message(), "the model gave no usable logits");
      }
    }
  }
}

TEST(Sampler, AVocabularyOfOneTokenHasOneAnswer) {
  SamplingParams params;
  params.typical_p = 0.5F;
  params.xtc_probability = 1.0F;
  params.xtc_threshold = 0.0F;
  params.repeat_penalty = 1e30F;
  params.dry_multiplier = 1e38F;
  EXPECT_EQ(sample(params, {-3.0F}, {0, 0, 0, 0}), 0);
  params.mirostat = true;
  EXPECT_EQ(sample(params, {-3.0F}, {0, 0, 0, 0}), 0);
}

TEST(Sampler, ABiasOfMinusInfinityForbids) {
  SamplingParams params = plain();
  params.logit_bias = {{0, -kInf}, {2, 50.0F}};
  for (const TokenId id : draw_many(params, {30.0F, 1.0F, 1.0F}, 100)) EXPECT_EQ(id, 2);
}

TEST(Sampler, TheMaskComesBeforeEverything) {
  constexpr std::size_t kVocab = 130;
  const auto tokenizer = WordTokenizer::numbered(kVocab);
  for (const bool is_greedy : {false, true}) {
    for (const bool mirostat : {false, true}) {
      SamplingParams params = is_greedy ? greedy() : plain();
      params.mirostat = mirostat;
      params.logit_bias = {{5, 100.0F}};  // a bias does not bring a masked token back
      Sampler sampler(params, tokenizer, kVocab);
      std::vector<std::uint64_t> allowed(3, 0);
      allowed[0] = std::uint64_t{1} << 63;
      allowed[2] = 2 | ~std::uint64_t{3};  // token 129; bits beyond the vocabulary do not matter
      std::set<TokenId> seen;
      for (int i = 0; i < 100; ++i) {
        Logits logits(kVocab, 1.0F);
        seen.insert(sampler.sample(logits, allowed));
      }
      EXPECT_EQ(seen, is_greedy ? std::set<TokenId>{63} : (std::set<TokenId>{63, 129}));
    }
  }
}

TEST(Sampler, AMaskOfTheWrongSizeOrWithoutATokenIsRefused) {
  const auto tokenizer = WordTokenizer::numbered(65);
  Sampler sampler(plain(), tokenizer, 65);
  Logits logits(65, 0.0F);
  EXPECT_THROW(sampler.sample(logits, std::vector<std::uint64_t>(1, ~std::uint64_t{0})), Error);
  try {
    sampler.sample(logits, std::vector<std::uint64_t>(2, 0));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInternal);
    EXPECT_EQ(error.message(), "no allowed token has a usable logit");
  }
  Logits short_logits(64, 0.0F);
  EXPECT_THROW(sampler.sample(short_logits), Error);
}

TEST(Sampler, BanningEverythingIsTheMistakeOfWhoBans) {
  const auto tokenizer = WordTokenizer::numbered(3);
  SamplingParams params = plain();
  params.logit_bias = {{0, -kInf}, {1, -kInf}};
  Sampler sampler(params, tokenizer, 3);
  Logits logits(3, 0.0F);
  EXPECT_EQ(sampler.sample(logits), 2);
  Logits again(3, 0.0F);
  try {
    sampler.sample(again, std::vector<std::uint64_t>{0b011});
    FAIL();
  } catch (const SamplingError& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.member(), "logit_bias");
    EXPECT_EQ(error.message(), "logit_bias bans every token that may come next");
  }
}

TEST(Sampler, IdsOutsideTheVocabularyAreRefused) {
  const auto tokenizer = WordTokenizer::numbered(4);
  Sampler sampler(plain(), tokenizer, 4);
  EXPECT_THROW(sampler.accept(4), Error);
  EXPECT_THROW(sampler.accept(-1), Error);
  SamplingParams params = plain();
  params.logit_bias = {{4, 1.0F}};
  EXPECT_THROW(Sampler(params, tokenizer, 4), Error);
  params = plain();
  params.top_p = 0.0F;
  EXPECT_THROW(Sampler(params, tokenizer, 4), Error);
}

TEST(Sampler, MirostatIgnoresTheTruncationSteps) {
  SamplingParams params = plain();
  params.mirostat = true;
  params.mirostat_tau = 10.0F;
  params.top_k = 1;
  params.top_p = 0.01F;
  const auto drawn = draw_many(params, Logits(4, 0.0F), 200);
  EXPECT_EQ(std::set<TokenId>(drawn.begin(), drawn.end()).size(), 4U);
}

TEST(Sampler, ALargeVocabularyIsDrawnEvenly) {
  constexpr std::size_t kVocab = 262144;
  const auto drawn = draw_many(plain(), Logits(kVocab, 0.5F), 400);
  double mean = 0.0;
  for (const TokenId id : drawn) mean += static_cast<double>(id) / static_cast<double>(drawn.size());
  EXPECT_NEAR(mean, kVocab / 2.0, 5.0 * (kVocab / std::sqrt(12.0)) / std::sqrt(400.0));
}

}  // namespace
}  // namespace hearth
