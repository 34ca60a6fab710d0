// For tests: an engine on a model with random weights, and requests to it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/random_model.h"
#include "support/fixtures.h"

namespace hearth::testing {

class RandomModelTest : public ::testing::Test {
 protected:
  void make_model(DType dtype, std::int64_t context = 512) {
    const std::string path = (folder_.path() / "random.gguf").string();
    make_random_llama(path, dtype, context);
    model_ = std::make_shared<const LoadedModel>(load_model(path));
    options_.threads = 2;
  }

  std::unique_ptr<Engine> engine(const EngineLimits& limits = {}) const {
    return std::make_unique<Engine>(model_, options_, limits);
  }
  std::size_t page_bytes() const { return kv_page_bytes(model_->spec, choose_kv_type(*model_, options_)); }
  EngineLimits pages(std::size_t n) const {
    EngineLimits limits;
    limits.max_kv_bytes = n * page_bytes();
    limits.max_kept_tokens = static_cast<std::int64_t>(n) * kKvPageTokens;
    return limits;
  }

  /// `n` tokens: letters, other ones for another seed.
  std::vector<TokenId> letters(std::size_t n, unsigned seed) const {
    std::mt19937 random(seed);
    std::vector<TokenId> ids(n);
    for (TokenId& id : ids) id = 260 + static_cast<TokenId>(random() % 26);
    return ids;
  }
  SequenceRequest request(std::vector<TokenId> prompt, std::int64_t max_tokens = 12) const {
    SequenceRequest request;
    request.prompt = std::move(prompt);
    request.max_tokens = max_tokens;
    request.ignore_eos = true;
    request.sampling.temperature = 0;
    return request;
  }

  static Generation run(Engine& engine, SequenceRequest request) {
    Sequence* sequence = engine.start(std::move(request));
    while (!sequence->done()) engine.step();
    return engine.finish(sequence);
  }
  /// Each in an engine of its own.
  std::vector<Generation> alone(const std::vector<SequenceRequest>& requests) const {
    std::vector<Generation> answers;
    answers.reserve(requests.size());
    for (const SequenceRequest& each : requests) answers.push_back(run(*engine(), each));
    return answers;
  }
  static std::vector<Generation> together(Engine& engine, const std::vector<SequenceRequest>& requests) {
    std::vector<Sequence*> sequences;
    sequences.reserve(requests.size());
    for (const SequenceRequest& each : requests) sequences.push_back(engine.start(each));
    while (engine.step()) {
    }
    std::vector<Generation> answers;
    answers.reserve(sequences.size());
    for (Sequence* each : sequences) answers.push_back(engine.finish(each));
    return answers;
  }
  static void expect_same(const std::vector<Generation>& got, const std::vector<Generation>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_EQ(got[i].ids, expected[i].ids);
      EXPECT_EQ(got[i].text, expected[i].text);
      EXPECT_EQ(got[i].finish_reason, expected[i].finish_reason);
      ASSERT_EQ(got[i].logprobs.size(), expected[i].logprobs.size());
      for (std::size_t k = 0; k < got[i].logprobs.size(); ++k) {
        EXPECT_EQ(got[i].logprobs[k].logprob, expected[i].logprobs[k].logprob);
        EXPECT_EQ(got[i].logprobs[k].top, expected[i].logprobs[k].top);
      }
    }
  }

  TemporaryFolder folder_;
  std::shared_ptr<const LoadedModel> model_;
  ModelOptions options_;
};

}  // namespace hearth::testing
