// An answer is the same alone and among others, however prompts are cut and whatever is reused, also when it is
// interrupted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/engine_test_support.h"

namespace hearth {
namespace {

class BatchInvariance : public testing::RandomModelTest, public ::testing::WithParamInterface<DType> {
 protected:
  BatchInvariance() { make_model(GetParam()); }

  /// Of different lengths, greedy and sampled, with and without probabilities and grammar.
  std::vector<SequenceRequest> mixed(Engine& engine, std::size_t n) const {
    std::vector<SequenceRequest> requests;
    requests.reserve(n);
    const auto grammar = Grammar::from_regex("[a-z]{1,3}(-[a-z]{2})*( and so on)?!");
    for (std::size_t i = 0; i < n; ++i) {
      SequenceRequest each = request(letters(1 + i * 23 % 190, static_cast<unsigned>(i)), 10 + static_cast<int>(i));
      if (i % 3 == 1) {
        each.sampling.temperature = 1.2F;
        each.sampling.seed = i;
      }
      if (i % 4 == 2) each.logprobs = static_cast<std::int32_t>(i % 5);
      if (i % 5 == 3) {
        each.grammar = grammar;
        each.vocabulary = engine.vocabulary();
      }
      requests.push_back(std::move(each));
    }
    return requests;
  }
};

TEST_P(BatchInvariance, AnswersDependOnEveryToken) {  // else the others would see nothing
  std::vector<SequenceRequest> requests = {request(letters(150, 1), 1), request(letters(150, 1), 1)};
  requests[1].prompt.front() = requests[0].prompt.front() == 260 ? 261 : 260;
  for (SequenceRequest& each : requests) each.logprobs = 0;
  const std::vector<Generation> answers = alone(requests);
  EXPECT_NE(answers[0].logprobs[0].logprob, answers[1].logprobs[0].logprob);
}

TEST_P(BatchInvariance, AloneOrAmongOthers) {
  const auto maker = engine();
  const std::vector<SequenceRequest> requests = mixed(*maker, 17);
  const std::vector<Generation> expected = alone(requests);
  std::set<std::vector<TokenId>> different;
  for (const Generation& answer : expected) different.insert(answer.ids);
  EXPECT_GE(different.size(), 16U);
  for (const std::int64_t chunk : {7, 64, 512}) {
    SCOPED_TRACE(chunk);
    options_.prefill_chunk = chunk;
    expect_same(together(*engine(), requests), expected);
  }
}

TEST_P(BatchInvariance, WithPrefixesReused) {
  std::vector<SequenceRequest> requests;
  requests.reserve(8);
  const std::vector<TokenId> system = letters(150, 99);
  for (unsigned i = 0; i < 8; ++i) {
    std::vector<TokenId> prompt = system;
    prompt.resize(i == 7 ? 70 : 150);
    const std::vector<TokenId> own = letters(i * 11, i);
    prompt.insert(prompt.end(), own.begin(), own.end());
    requests.push_back(request(std::move(prompt), 16));
  }
  const std::vector<Generation> expected = alone(requests);
  const auto shared = engine();
  const std::vector<Generation> first = together(*shared, requests);
  expect_same(first, expected);
  std::int64_t reused = 0;
  for (const Generation& answer : first) reused += answer.stats.reused_tokens;
  EXPECT_GE(reused, 6 * 128 + 64);  // also of those that run
  const std::vector<Generation> again = together(*shared, requests);
  expect_same(again, expected);
  for (const Generation& answer : again) EXPECT_GE(answer.stats.reused_tokens, answer.stats.prompt_tokens - 64);
}

TEST_P(BatchInvariance, Interrupted) {
  const auto maker = engine();
  const std::vector<SequenceRequest> requests = mixed(*maker, 17);
  const std::vector<Generation> expected = alone(requests);
  for (const std::size_t n : {4U, 6U, 11U}) {
    SCOPED_TRACE(n);
    const auto cramped = engine(pages(n));
    expect_same(together(*cramped, requests), expected);
    EXPECT_GT(cramped->scheduler().preemptions(), 0U);
    EXPECT_LE(cramped->kv_bytes(), n * page_bytes());
  }
}

INSTANTIATE_TEST_SUITE_P(Types, BatchInvariance,
                         ::testing::Values(DType::kF32, DType::kBF16, DType::kQ8_0, DType::kQ4_K),
                         [](const auto& type) { return std::string(dtype_name(type.param)); });

}  // namespace
}  // namespace hearth
