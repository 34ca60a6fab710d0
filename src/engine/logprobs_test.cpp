#include "engine/logprobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/engine_test_support.h"
#include "hearth/error.h"

namespace hearth {
namespace {

TEST(TokenLogprob, IsTheLogarithmOfSoftmax) {
  const std::vector<float> logits = {std::log(1.0F), std::log(2.0F), std::log(5.0F), std::log(2.0F)};
  const TokenLogprob result = token_logprob(logits, 1, 3, 4);
  EXPECT_EQ(result.id, 1);
  EXPECT_NEAR(result.logprob, std::log(0.2), 1e-6);
  ASSERT_EQ(result.top.size(), 3U);
  EXPECT_EQ(result.top[0].first, 2);
  EXPECT_NEAR(result.top[0].second, std::log(0.5), 1e-6);
  EXPECT_EQ(result.top[1].first, 1);  // of equals the lowest id
  EXPECT_EQ(result.top[2].first, 3);
  EXPECT_TRUE(token_logprob(logits, 0, 0, 4).top.empty());
  EXPECT_EQ(token_logprob(logits, 0, 20, 4).top.size(), 4U);
  EXPECT_EQ(token_logprob(logits, 0, 20, 2).top.size(), 2U);  // the others stand for no token
}

TEST(TokenLogprob, IsFiniteWhateverTheLogits) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> odd = {std::nanf(""), -inf, 3.0F, -1e30F};
  EXPECT_FLOAT_EQ(token_logprob(odd, 2, 0, 4).logprob, 0.0F);
  for (const TokenId id : {0, 1, 3}) EXPECT_FLOAT_EQ(token_logprob(odd, id, 0, 4).logprob, kLeastLogprob);
  for (const std::vector<float>& broken :
       {std::vector<float>{inf, 1.0F}, {-inf, -inf}, {std::nanf(""), std::nanf("")}}) {
    const TokenLogprob result = token_logprob(broken, 0, 2, 2);
    EXPECT_TRUE(std::isfinite(result.logprob));
    for (const auto& [id, value] : result.top) EXPECT_TRUE(std::isfinite(value));
  }
}

class Logprobs : public testing::RandomModelTest {
 protected:
  Logprobs() { make_model(DType::kF32); }

  /// log softmax of the row behind ids[position], as the definition says.
  std::vector<double> reference(const std::vector<TokenId>& ids, std::size_t position) const {
    std::vector<float> rows;
    engine()->evaluate(std::span(ids).first(position + 1), Output::kAllLogits, nullptr, 0,
                       [&](std::span<const float> more) { rows.insert(rows.end(), more.begin(), more.end()); });
    const auto n_vocab = static_cast<std::size_t>(model_->spec.n_vocab);
    const auto row = std::span(rows).subspan(position * n_vocab, n_vocab);
    double sum = 0;
    for (const float logit : row) sum += std::exp(double{logit});
    std::vector<double> result;
    for (const float logit : row) result.push_back(logit - std::log(sum));
    return result;
  }
  void expect_reference(const TokenLogprob& got, const std::vector<TokenId>& ids, std::size_t position,
                        std::size_t n_top) const {
    SCOPED_TRACE(position);
    const std::vector<double> expected = reference(ids, position);
    EXPECT_EQ(got.id, ids[position + 1]);
    EXPECT_NEAR(got.logprob, expected[static_cast<std::size_t>(got.id)], 1e-4);
    std::vector<TokenId> order(expected.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) {
      return expected[static_cast<std::size_t>(a)] > expected[static_cast<std::size_t>(b)];
    });
    ASSERT_EQ(got.top.size(), n_top);
    for (std::size_t i = 0; i < n_top; ++i) {
      EXPECT_EQ(got.top[i].first, order[i]);
      EXPECT_NEAR(got.top[i].second, expected[static_cast<std::size_t>(order[i])], 1e-4);
    }
  }
};

TEST_F(Logprobs, OfTheAnswerBeforeBiasAndTemperature) {
  SequenceRequest wanted = request(letters(20, 1), 6);
  wanted.logprobs = 3;
  wanted.sampling.temperature = 1.5F;
  wanted.sampling.seed = 3;
  wanted.sampling.logit_bias = {{270, 9.0F}};
  std::vector<TokenId> ids = wanted.prompt;
  const auto engine = this->engine();
  const Generation answer = run(*engine, wanted);
  ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
  ASSERT_EQ(answer.logprobs.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) expect_reference(answer.logprobs[i], ids, 19 + i, 3);
  EXPECT_TRUE(answer.prompt_logprobs.empty());
}

TEST_F(Logprobs, OfThePromptWhateverTheChunks) {
  SequenceRequest wanted = request(letters(130, 2), 2);
  wanted.logprobs = 1;
  wanted.prompt_logprobs = true;
  for (const std::int64_t chunk : {7, 512}) {
    options_.prefill_chunk = chunk;
    const auto engine = this->engine();
    run(*engine, request(letters(130, 2), 2));  // what is known already is evaluated all the same
    const Generation answer = run(*engine, wanted);
    ASSERT_EQ(answer.prompt_logprobs.size(), 129U);
    for (const std::size_t i : {0U, 5U, 63U, 64U, 128U})
      expect_reference(answer.prompt_logprobs[i], wanted.prompt, i, 1);
    EXPECT_EQ(answer.logprobs.size(), 2U);
  }
}

TEST_F(Logprobs, OfThePromptAlone) {
  SequenceRequest wanted = request(letters(9, 3), 0);
  wanted.logprobs = 0;
  wanted.prompt_logprobs = true;
  const Generation answer = run(*engine(), wanted);
  EXPECT_EQ(answer.prompt_logprobs.size(), 8U);
  EXPECT_TRUE(answer.ids.empty());
  EXPECT_EQ(answer.finish_reason, FinishReason::kLength);
}

TEST_F(Logprobs, InterruptionsChangeNothing) {
  std::vector<SequenceRequest> requests;
  requests.reserve(5);
  for (unsigned i = 0; i < 5; ++i) {
    SequenceRequest each = request(letters(100 + i * 20, i), 70);
    each.logprobs = 2;
    each.prompt_logprobs = true;
    requests.push_back(std::move(each));
  }
  options_.prefill_chunk = 50;
  const std::vector<Generation> expected = alone(requests);
  const auto cramped = engine(pages(5));
  const std::vector<Generation> got = together(*cramped, requests);
  EXPECT_GT(cramped->scheduler().preemptions(), 0U);
  expect_same(got, expected);
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].prompt_logprobs.size(), expected[i].prompt_logprobs.size());
    for (std::size_t k = 0; k < got[i].prompt_logprobs.size(); ++k)
      EXPECT_EQ(got[i].prompt_logprobs[k].logprob, expected[i].prompt_logprobs[k].logprob);
  }
}

TEST_F(Logprobs, ForcedTokensHaveTheirsAndTheAnswerStays) {
  const auto engine = this->engine();
  SequenceRequest wanted = request(letters(10, 4), 60);
  wanted.grammar = Grammar::from_regex("[a-c](abcabcabc|xyzxyzxyz)[a-d](never more)[e-g]");
  wanted.vocabulary = engine->vocabulary();
  const Generation plain = run(*engine, wanted);
  EXPECT_GT(plain.stats.forced_tokens, 10);
  wanted.logprobs = 0;
  std::size_t streamed = 0;
  wanted.on_piece = [&](const AnswerPiece& piece) {
    streamed += piece.logprobs.size();
    return true;
  };
  const Generation answer = run(*engine, wanted);
  EXPECT_EQ(answer.ids, plain.ids);
  EXPECT_EQ(answer.text, plain.text);
  EXPECT_EQ(answer.stats.forced_tokens, plain.stats.forced_tokens);
  EXPECT_EQ(answer.finish_reason, plain.finish_reason);
  ASSERT_EQ(answer.logprobs.size(), answer.ids.size());
  EXPECT_EQ(streamed, answer.ids.size());
  std::vector<TokenId> ids = wanted.prompt;
  ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
  for (std::size_t i = 0; i < answer.ids.size(); ++i) expect_reference(answer.logprobs[i], ids, 9 + i, 0);
}

TEST_F(Logprobs, NumbersOutsideAreRefused) {
  const auto engine = this->engine();
  for (const int n : {-2, 21}) {
    SequenceRequest wanted = request(letters(3, 1));
    wanted.logprobs = n;
    EXPECT_THROW(engine->make(wanted), Error) << n;
  }
  SequenceRequest wanted = request(letters(3, 1));
  wanted.prompt_logprobs = true;
  EXPECT_THROW(engine->make(wanted), Error);
}

}  // namespace
}  // namespace hearth
