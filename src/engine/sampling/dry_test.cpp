#include "engine/sampling/dry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>

#include "engine/sampling/random.h"
#include "support/word_tokenizer.h"

namespace hearth {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::WordTokenizer;

SamplingParams dry(float multiplier, float base, std::int32_t allowed_length) {
  SamplingParams params;
  params.dry_multiplier = multiplier;
  params.dry_base = base;
  params.dry_allowed_length = allowed_length;
  params.dry_sequence_breakers = {};
  return params;
}

std::vector<float> applied(const SamplingParams& params, const Tokenizer& tokenizer,
                           const std::vector<TokenId>& history) {
  DryPenalty penalty(params, tokenizer);
  for (const TokenId id : history) penalty.accept(id);
  std::vector<float> logits(static_cast<std::size_t>(tokenizer.vocab_size()), 0.0F);
  penalty.apply(logits);
  return logits;
}

TEST(Dry, PenalisesWhatWouldContinueARepetition) {
  const auto tokenizer = WordTokenizer::numbered(5);
  // "1 2 3 4 1 2 3": the last three stand at the beginning too, and 4 came after them: 3 - 2 = 1 beyond the allowed
  // length.
  EXPECT_THAT(applied(dry(1.0F, 2.0F, 2), tokenizer, {1, 2, 3, 4, 1, 2, 3}), ElementsAre(0, 0, 0, 0, -2.0F));
  EXPECT_THAT(applied(dry(0.5F, 3.0F, 1), tokenizer, {1, 2, 3, 4, 1, 2, 3}), ElementsAre(0, 0, 0, 0, -4.5F));
  EXPECT_THAT(applied(dry(1.0F, 2.0F, 3), tokenizer, {1, 2, 3, 4, 1, 2, 3}), ElementsAre(0, 0, 0, 0, -1.0F));
  EXPECT_THAT(applied(dry(1.0F, 2.0F, 4), tokenizer, {1, 2, 3, 4, 1, 2, 3}), Each(0.0F));
}

TEST(Dry, TheLongestMatchOfATokenCounts) {
  const auto tokenizer = WordTokenizer::numbered(5);
  // After "2" (length 1) and after "1 2" (length 2) came 3; after "2" alone came 4.
  EXPECT_THAT(applied(dry(1.0F, 2.0F, 1), tokenizer, {0, 2, 3, 1, 2, 3, 2, 4, 1, 2}),
              ElementsAre(0, 0, 0, -2.0F, -1.0F));
}

TEST(Dry, AMatchMayOverlapWhatItRepeats) {
  const auto tokenizer = WordTokenizer::numbered(2);
  // "1 1 1 1": the last three also stand one place earlier, followed by 1.
  EXPECT_THAT(applied(dry(1.0F, 2.0F, 2), tokenizer, {1, 1, 1, 1}), ElementsAre(0, -2.0F));
}

TEST(Dry, OnlyTheWindowCounts) {
  const auto tokenizer = WordTokenizer::numbered(5);
  SamplingParams params = dry(1.0F, 2.0F, 2);
  params.dry_window = 6;  // without the first token the match is 2 long
  EXPECT_THAT(applied(params, tokenizer, {1, 2, 3, 4, 1, 2, 3}), ElementsAre(0, 0, 0, 0, -1.0F));
  params.dry_window = 5;
  EXPECT_THAT(applied(params, tokenizer, {1, 2, 3, 4, 1, 2, 3}), Each(0.0F));
  params.dry_window = 0;
  EXPECT_THAT(applied(params, tokenizer, {1, 2, 3, 4, 1, 2, 3}), Each(0.0F));
}

TEST(Dry, IsOffAtMultiplierZero) {
  const auto tokenizer = WordTokenizer::numbered(5);
  EXPECT_THAT(applied(dry(0.0F, 2.0F, 1), tokenizer, {1, 2, 3, 4, 1, 2, 3}), Each(0.0F));
}

TEST(Dry, MatchesDoNotReachBackOverABreaker) {
  const WordTokenizer tokenizer({"a", "b", ":", "c", "d"});
  SamplingParams params = dry(1.0F, 2.0F, 1);
  const std::vector<TokenId> history = {0, 1, 2, 3, 4, 0, 1, 2, 3};                  // a b : c d a b : c
  EXPECT_THAT(applied(params, tokenizer, history), ElementsAre(0, 0, 0, 0, -8.0F));  // "a b : c" is 4 long
  params.dry_sequence_breakers = {":"};
  EXPECT_THAT(applied(params, tokenizer, history), ElementsAre(0, 0, 0, 0, -1.0F));  // "c" alone
  params.dry_allowed_length = 2;
  EXPECT_THAT(applied(params, tokenizer, history), Each(0.0F));
}

TEST(Dry, BreakersAreFoundInsideTokensAndAcrossThem) {
  // "x:y" holds a breaker; "<" + "br>" form one together.
  const WordTokenizer tokenizer({"a", "x:y", "b", "<", "br>", "c"});
  SamplingParams params = dry(1.0F, 2.0F, 1);
  params.dry_sequence_breakers = {":", "<br>"};
  EXPECT_THAT(applied(params, tokenizer, {0, 1, 2, 5, 0, 1, 2}), ElementsAre(0, 0, 0, 0, 0, -1.0F));
  EXPECT_THAT(applied(params, tokenizer, {0, 3, 4, 2, 5, 0, 3, 4, 2}), ElementsAre(0, 0, 0, 0, 0, -1.0F));
  // "<" alone breaks nothing.
  EXPECT_THAT(applied(params, tokenizer, {0, 3, 2, 5, 0, 3, 2}), ElementsAre(0, 0, 0, 0, 0, -4.0F));
}

TEST(Dry, ATokenWithABreakerIsNeverPenalised) {
  const WordTokenizer tokenizer({"a", "b", ".\n"});
  SamplingParams params = dry(1.0F, 2.0F, 1);
  params.dry_sequence_breakers = {"\n"};
  EXPECT_THAT(applied(params, tokenizer, {0, 1, 2, 0, 1}), Each(0.0F));
}

TEST(Dry, EqualsComparingEveryPositionOnRandomHistories) {
  Random random(77);
  const WordTokenizer tokenizer({"a", "b", "c", "-", "=", "d"});
  for (int round = 0; round < 300; ++round) {
    SamplingParams params = dry(0.75F, 1.5F, 1 + static_cast<std::int32_t>(random.uniform() * 3));
    if (round % 2 == 0) params.dry_sequence_breakers = {"-="};
    params.dry_window = round % 3 == 0 ? 20 : -1;
    std::vector<TokenId> history(static_cast<std::size_t>(random.uniform() * 60));
    const double letters = 2.0 + random.uniform() * 4.0;
    for (TokenId& id : history) id = static_cast<TokenId>(random.uniform() * letters);

    const std::size_t n = history.size();
    const std::size_t begin = params.dry_window > 0 && n > 20 ? n - 20 : 0;
    std::vector<std::size_t> longest(6, 0);
    for (std::size_t next = begin + 1; next < n; ++next) {
      std::size_t length = 0;
      while (length < next - begin && history[next - 1 - length] == history[n - 1 - length]) {
        const bool ends_breaker = !params.dry_sequence_breakers.empty() && history[n - 1 - length] == 4 &&
                                  n >= length + 2 && history[n - 2 - length] == 3;
        if (ends_breaker) break;
        ++length;
      }
      std::size_t& best = longest[static_cast<std::size_t>(history[next])];
      best = std::max(best, length);
    }
    const auto actual = applied(params, tokenizer, history);
    for (std::size_t id = 0; id < 6; ++id) {
      const auto allowed = static_cast<std::size_t>(params.dry_allowed_length);
      const double expected =
          longest[id] < allowed ? 0.0 : -0.75 * std::pow(1.5, static_cast<double>(longest[id] - allowed));
      ASSERT_FLOAT_EQ(actual[id], static_cast<float>(expected)) << "round " << round << " id " << id;
    }
  }
}

TEST(Dry, HugePenaltiesStayFinite) {
  const auto tokenizer = WordTokenizer::numbered(2);
  const auto logits = applied(dry(3e38F, 1e30F, 1), tokenizer, std::vector<TokenId>(1000, 1));
  EXPECT_TRUE(std::isfinite(logits[1]));
  EXPECT_LT(logits[1], -1e38F);
}

TEST(Dry, ALongRepetitiveHistoryTakesLinearTime) {
  const auto tokenizer = WordTokenizer::numbered(3);
  DryPenalty penalty(dry(1.0F, 1.75F, 2), tokenizer);
  for (int i = 0; i < 1 << 19; ++i) penalty.accept(i % 2);
  std::vector<float> logits(3, 0.0F);
  const auto begin = std::chrono::steady_clock::now();
  penalty.apply(logits);
  // Comparing all pairs would be 10^11 steps.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_LT(logits[0], 0.0F);
}

TEST(Dry, TokensThatTheTokenizerDoesNotKnowHaveNoText) {
  const auto tokenizer = WordTokenizer::numbered(2);
  DryPenalty penalty(dry(1.0F, 2.0F, 1), tokenizer);
  for (const TokenId id : {0, 5, 0}) penalty.accept(id);
  std::vector<float> logits(8, 0.0F);
  penalty.apply(logits);
  EXPECT_EQ(logits[5], -1.0F);
}

}  // namespace
}  // namespace hearth
