// Speculation changes no answer: neither greedy nor sampled ones, nor their probabilities, whatever ends them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <tuple>

#include "engine/engine_test_support.h"

namespace hearth {
namespace {

/// Of weights and of the KV cache.
using Types = std::tuple<DType, const char*>;

class Speculation : public testing::RandomModelTest, public ::testing::WithParamInterface<Types> {
 protected:
  Speculation() {
    make_model(std::get<0>(GetParam()));
    options_.kv_type = std::get<1>(GetParam());
    options_.speculation = false;
  }

  std::unique_ptr<Engine> guessing(std::int64_t n, EngineLimits limits = {}) {
    options_.speculation = true;
    limits.draft_tokens = n;
    auto made = engine(limits);
    options_.speculation = false;
    return made;
  }

  /// Texts that repeat, so that there is something to guess.
  std::vector<TokenId> refrain(std::size_t n, unsigned seed) const {
    const std::vector<TokenId> once = letters(3 + seed % 9, seed);
    std::vector<TokenId> ids(n);
    for (std::size_t i = 0; i < n; ++i) ids[i] = once[i % once.size()];
    return ids;
  }

  /// An answer of four letters only, so that it often says what it said before, and goes on in another way.
  SequenceRequest babble(std::vector<TokenId> prompt, std::int64_t max_tokens) const {
    SequenceRequest each = request(std::move(prompt), max_tokens);
    for (TokenId id = 0; id < model_->spec.n_vocab; ++id) {
      if (id < 260 || id > 263) each.sampling.logit_bias[id] = -std::numeric_limits<float>::infinity();
    }
    return each;
  }

  /// Greedy and sampled, with penalties, probabilities, grammars, stop strings, short and long.
  std::vector<SequenceRequest> mixed(Engine& engine) const {
    std::vector<SequenceRequest> requests;
    const auto grammar = Grammar::from_regex("([a-e]{2}-){3,40}(and so on)?!");
    for (unsigned i = 0; i < 14; ++i) {
      SequenceRequest each = babble(refrain(20 + i * 11, i), 20 + 7 * static_cast<int>(i));
      if (i % 3 == 1) {
        each.sampling.temperature = 0.2F;
        each.sampling.seed = i;
      }
      if (i % 7 == 4) each.sampling.repeat_penalty = 1.3F;
      if (i % 4 == 2) each.logprobs = static_cast<std::int32_t>(i % 5);
      if (i % 5 == 3) {
        each.sampling.logit_bias.clear();
        each.grammar = grammar;
        each.vocabulary = engine.vocabulary();
        each.logprobs = i == 8 ? 2 : -1;
      }
      requests.push_back(std::move(each));
    }
    return requests;
  }
};

TEST_P(Speculation, ChangesNoAnswer) {
  const auto maker = engine();
  const std::vector<SequenceRequest> requests = mixed(*maker);
  const std::vector<Generation> expected = alone(requests);
  for (const Generation& answer : expected) EXPECT_EQ(answer.stats.drafted_tokens, 0);
  std::int64_t drafted = 0;
  std::int64_t accepted = 0;
  for (const std::int64_t n : {1, 3, 8, 32}) {
    SCOPED_TRACE(n);
    std::vector<Generation> answers;
    for (const SequenceRequest& each : requests) answers.push_back(run(*guessing(n), each));
    expect_same(answers, expected);
    for (const Generation& answer : answers) {
      drafted += answer.stats.drafted_tokens;
      accepted += answer.stats.accepted_tokens;
      EXPECT_LE(answer.stats.accepted_tokens, answer.stats.drafted_tokens);
    }
    expect_same(together(*guessing(n), requests), expected);
    const auto cramped = guessing(n, pages(9));
    expect_same(together(*cramped, requests), expected);
    EXPECT_LE(cramped->kv_bytes(), 9 * page_bytes());
  }
  EXPECT_GT(accepted, 100) << "some were right";
  EXPECT_GT(drafted, accepted + 100) << "and some were wrong";
}

TEST_P(Speculation, ByItselfChangesNoAnswerEither) {
  const auto maker = engine();
  const std::vector<SequenceRequest> requests = mixed(*maker);
  const std::vector<Generation> expected = alone(requests);
  expect_same(together(*guessing(0), requests), expected);
}

TEST_P(Speculation, WhateverEndsTheAnswer) {
  const std::vector<TokenId> prompt = refrain(60, 5);
  const Generation whole = run(*engine(), babble(prompt, 120));
  const std::string text = whole.text;
  for (std::int64_t n = 1; n <= 120; n += 1 + n / 5) {
    for (const std::int64_t drafted : {2, 7}) {
      SCOPED_TRACE(n);
      const auto used = guessing(drafted);
      const Generation cut = run(*used, babble(prompt, n));
      EXPECT_EQ(cut.ids, std::vector<TokenId>(whole.ids.begin(), whole.ids.begin() + n));
      EXPECT_EQ(cut.finish_reason, FinishReason::kLength);
      // What it leaves in the cache is right, too.
      std::vector<TokenId> longer = prompt;
      longer.insert(longer.end(), cut.ids.begin(), cut.ids.end());
      const Generation rest = run(*used, babble(longer, 120 - n + 3));
      EXPECT_GE(rest.stats.reused_tokens, static_cast<std::int64_t>(longer.size()) - 1);
      EXPECT_EQ(rest.ids, run(*engine(), babble(longer, 120 - n + 3)).ids);
    }
  }
  // A stop string of three characters, wherever it first stands.
  for (std::size_t at = 4; at + 3 < text.size(); at += 17) {
    SequenceRequest stopped = babble(prompt, 120);
    stopped.stop = {text.substr(at, 3)};
    const Generation expected = run(*engine(), stopped);
    const auto used = guessing(6);
    const Generation got = run(*used, stopped);
    EXPECT_EQ(got.ids, expected.ids);
    EXPECT_EQ(got.text, expected.text);
    EXPECT_EQ(got.stop_text, expected.stop_text);
    EXPECT_EQ(got.finish_reason, FinishReason::kStop);
  }
  // A caller who has heard enough.
  for (const std::size_t enough : {1U, 5U, 30U}) {
    const auto heard = [&](Engine& engine) {
      std::string so_far;
      SequenceRequest each = babble(prompt, 120);
      each.on_piece = [&](const AnswerPiece& piece) {
        so_far += piece.text;
        return so_far.size() < enough;
      };
      const Generation answer = run(engine, std::move(each));
      EXPECT_EQ(answer.finish_reason, FinishReason::kCancelled);
      return so_far;
    };
    EXPECT_EQ(heard(*guessing(6)), heard(*engine()));
  }
}

TEST_P(Speculation, AtTheEndOfTheContext) {
  options_.context = 100;
  for (const bool shift : {false, true}) {
    SequenceRequest each = babble(refrain(70, 3), shift ? 150 : 60);
    each.context_shift = shift;
    each.keep = 10;
    const Generation expected = run(*engine(), each);
    for (const std::int64_t n : {1, 4, 32}) {
      const Generation got = run(*guessing(n), each);
      expect_same({got}, {expected});
      EXPECT_GT(got.stats.drafted_tokens, 0);
    }
  }
}

TEST_P(Speculation, WhereTheAnglesOfAllPositionsChange) {
  LoadedModel longer = load_model((folder_.path() / "random.gguf").string());
  longer.spec.rope.inv_freq_long = longer.spec.rope.inv_freq;
  for (float& frequency : longer.spec.rope.inv_freq_long) frequency *= 0.5F;
  longer.spec.rope.original_context = 83;
  model_ = std::make_shared<const LoadedModel>(std::move(longer));
  const SequenceRequest each = babble(refrain(60, 7), 60);
  const Generation expected = run(*engine(), each);
  for (const std::int64_t n : {1, 4, 32}) {
    const Generation got = run(*guessing(n), each);
    expect_same({got}, {expected});
    EXPECT_GT(got.stats.drafted_tokens, 0);
  }
}

TEST_P(Speculation, ARightGuessCostsNoPassOfItsOwn) {
  const auto used = guessing(8);
  const Generation answer = run(*used, babble(refrain(60, 5), 120));
  EXPECT_EQ(static_cast<std::int64_t>(used->passes()), 1 + 120 - 1 - answer.stats.accepted_tokens);
}

INSTANTIATE_TEST_SUITE_P(Types, Speculation,
                         ::testing::Values(Types{DType::kF32, "f32"}, Types{DType::kF16, "bf16"},
                                           Types{DType::kQ8_0, "f16"}, Types{DType::kQ4_0, "q8"},
                                           Types{DType::kQ4_K, "f16"}, Types{DType::kQ6_K, "f16"}),
                         [](const auto& type) {
                           return std::string(dtype_name(std::get<0>(type.param))) + "_" + std::get<1>(type.param);
                         });

}  // namespace
}  // namespace hearth
