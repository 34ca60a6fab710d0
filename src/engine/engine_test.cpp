// How an engine behaves around the forward pass, on a model whose answers are known: letters follow each other in the
// alphabet.
#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    testing::make_tiny_llama(folder_.path() / "tiny.gguf");
    model_ = std::make_shared<const LoadedModel>(load_model((folder_.path() / "tiny.gguf").string()));
    options_.threads = 2;
  }

  SequenceRequest request(std::string_view text, std::int64_t max_tokens = -1) const {
    SequenceRequest request;
    request.prompt = model_->tokenizer->encode(text);
    request.max_tokens = max_tokens;
    request.continues_text = true;
    request.sampling.temperature = 0;
    return request;
  }

  Generation run(Engine& engine, SequenceRequest request) {
    Sequence* sequence = engine.start(std::move(request));
    while (!sequence->done()) engine.step();
    return engine.finish(sequence);
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<const LoadedModel> model_;
  ModelOptions options_;
};

TEST_F(EngineTest, StopsAtTheStopToken) {
  Engine engine(model_, options_);
  const Generation answer = run(engine, request("uvw"));
  EXPECT_EQ(answer.text, "xyz");
  EXPECT_EQ(answer.finish_reason, FinishReason::kStop);
  EXPECT_EQ(answer.ids.size(), 3U);
}

TEST_F(EngineTest, StopsAtTheWantedLength) {
  Engine engine(model_, options_);
  const Generation answer = run(engine, request("a", 3));
  EXPECT_EQ(answer.text, "bcd");
  EXPECT_EQ(answer.finish_reason, FinishReason::kLength);
  EXPECT_EQ(answer.stop_text, "");
  const Generation nothing = run(engine, request("a", 0));
  EXPECT_EQ(nothing.text, "");
  EXPECT_EQ(nothing.finish_reason, FinishReason::kLength);
}

TEST_F(EngineTest, StopStringsSpanTokensAndAreLeftOut) {
  Engine engine(model_, options_);
  SequenceRequest wanted = request("a");
  wanted.stop = {"efg"};
  std::string streamed;
  wanted.on_piece = [&](const AnswerPiece& piece) {
    streamed += piece.text;
    return true;
  };
  const Generation answer = run(engine, wanted);
  EXPECT_EQ(answer.text, "bcd");
  EXPECT_EQ(streamed, "bcd");
  EXPECT_EQ(answer.finish_reason, FinishReason::kStop);
  EXPECT_EQ(answer.stop_text, "efg");
}

TEST_F(EngineTest, IgnoresTheStopTokenOnRequest) {
  Engine engine(model_, options_);
  SequenceRequest wanted = request("y", 4);
  wanted.ignore_eos = true;
  EXPECT_EQ(run(engine, wanted).ids.size(), 4U);
}

TEST_F(EngineTest, CancelsFromBothSides) {
  Engine engine(model_, options_);
  SequenceRequest wanted = request("a");
  int pieces = 0;
  wanted.on_piece = [&](const AnswerPiece&) { return ++pieces < 2; };
  EXPECT_EQ(run(engine, wanted).finish_reason, FinishReason::kCancelled);
  EXPECT_EQ(pieces, 2);

  const std::atomic<bool> cancel = true;
  wanted = request("a");
  wanted.cancel = &cancel;
  EXPECT_EQ(run(engine, wanted).finish_reason, FinishReason::kCancelled);
}

TEST_F(EngineTest, APromptThatDoesNotFitNamesBothCounts) {
  Engine engine(model_, options_);
  try {
    engine.start(request(std::string(100, 'a')));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kContextLimit);
    EXPECT_THAT(error.message(), ::testing::AllOf(HasSubstr("64")));
  }
}

TEST_F(EngineTest, AFullContextEndsWithLength) {
  options_.context = 10;
  Engine engine(model_, options_);
  const SequenceRequest wanted = request("abc");
  const auto n_prompt = static_cast<std::int64_t>(wanted.prompt.size());
  const Generation answer = run(engine, wanted);
  EXPECT_EQ(answer.finish_reason, FinishReason::kLength);
  EXPECT_EQ(static_cast<std::int64_t>(answer.ids.size()) + n_prompt, 10);
}

// It is not read, so it takes no room: the same tokens as in a larger context, one of them beyond the smaller one.
TEST_F(EngineTest, TheLastTokenThatWasAskedForNeedsNoRoom) {
  const auto ids = [&](std::int64_t context, std::string_view text, std::int64_t max_tokens) {
    ModelOptions options = options_;
    options.context = context;
    Engine engine(model_, options);
    return run(engine, request(text, max_tokens)).ids;
  };
  const auto n_prompt = static_cast<std::int64_t>(request("abc").prompt.size());
  const std::vector<TokenId> expected = ids(64, "abc", 11 - n_prompt);
  ASSERT_EQ(static_cast<std::int64_t>(expected.size()), 11 - n_prompt);
  EXPECT_EQ(ids(10, "abc", 11 - n_prompt), expected);
  EXPECT_EQ(static_cast<std::int64_t>(ids(10, "abc", 12 - n_prompt).size()), 10 - n_prompt) << "the next one would";
  EXPECT_EQ(ids(n_prompt, "abc", 1), ids(64, "abc", 1));
  EXPECT_TRUE(ids(n_prompt, "abc", 0).empty());
  EXPECT_THROW(ids(n_prompt, "abc", 2), Error);
  EXPECT_THROW(ids(n_prompt, "abc", -1), Error);
}

TEST_F(EngineTest, AShiftingContextGoesOn) {
  options_.context = 10;
  Engine engine(model_, options_);
  SequenceRequest wanted = request("abc");
  wanted.context_shift = true;
  EXPECT_EQ(run(engine, wanted).text, "defghijklmnopqrstuvwxyz");
  wanted = request(std::string(40, 'b') + "c", 2);
  wanted.context_shift = true;
  EXPECT_EQ(run(engine, wanted).text, "de");
}

TEST_F(EngineTest, ReusesWhatTwoPromptsShare) {
  Engine engine(model_, options_);
  run(engine, request("abcdefgh", 2));
  const Generation again = run(engine, request("abcdefgxyz", 2));
  EXPECT_GE(again.stats.reused_tokens, 7);
  EXPECT_LT(again.stats.reused_tokens, again.stats.prompt_tokens);
  const Generation same = run(engine, request("abcdefgxyz", 2));
  EXPECT_EQ(same.stats.reused_tokens, same.stats.prompt_tokens - 1);
  EXPECT_EQ(same.ids, again.ids);
}

TEST_F(EngineTest, OneBadRequestLeavesTheOthersAlone) {
  Engine engine(model_, options_);
  Sequence* good = engine.start(request("abc", 4));
  SequenceRequest bad = request("abc");
  bad.prompt = {100000};
  EXPECT_THROW(engine.start(bad), Error);
  bad.prompt = {};
  EXPECT_THROW(engine.start(bad), Error);
  bad = request("abc");
  bad.sampling.top_p = 2;
  EXPECT_THROW(engine.start(bad), Error);
  while (engine.step()) {
  }
  EXPECT_EQ(engine.finish(good).text, "defg");
}

TEST_F(EngineTest, TheSameSeedGivesTheSameAnswer) {
  testing::TinyLlamaOptions unsure;
  unsure.certainty = 1;
  testing::make_tiny_llama(folder_.path() / "unsure.gguf", 1, unsure);
  model_ = std::make_shared<const LoadedModel>(load_model((folder_.path() / "unsure.gguf").string()));
  Engine engine(model_, options_);
  SequenceRequest wanted = request("a", 20);
  wanted.sampling.temperature = 1;
  wanted.sampling.seed = 7;
  const Generation first = run(engine, wanted);
  EXPECT_EQ(run(engine, wanted).ids, first.ids);
  EXPECT_EQ(first.seed, 7U);
  wanted.sampling.seed = 8;
  EXPECT_NE(run(engine, wanted).ids, first.ids);
}

TEST_F(EngineTest, RefusesOptionsThatDoNotFit) {
  options_.context = 65;
  EXPECT_THROW(Engine(model_, options_), Error);
  options_.context = 0;
  options_.kv_type = "q3";
  EXPECT_THROW(Engine(model_, options_), Error);
  options_.kv_type = "auto";
  options_.prefill_chunk = 0;
  EXPECT_THROW(Engine(model_, options_), Error);
}

TEST_F(EngineTest, RefusesRecommendedSamplingThatIsNonsense) {
  auto model = std::make_shared<LoadedModel>(load_model((folder_.path() / "tiny.gguf").string()));
  model->sampling.top_p = 7;
  try {
    const Engine engine(model, options_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_THAT(error.message(), ::testing::AllOf(HasSubstr("tiny.gguf"), HasSubstr("top_p")));
  }
}

TEST_F(EngineTest, EvaluateChecksItsInput) {
  Engine engine(model_, options_);
  const auto ignore = [](std::span<const float>) {};
  EXPECT_THROW(engine.evaluate({}, Output::kAllLogits, nullptr, 0, ignore), Error);
  const std::vector<TokenId> outside = {-1};
  EXPECT_THROW(engine.evaluate(outside, Output::kAllLogits, nullptr, 0, ignore), Error);
  const std::vector<TokenId> long_text(65, 5);
  EXPECT_THROW(engine.evaluate(long_text, Output::kAllLogits, nullptr, 0, ignore), Error);
}

}  // namespace
}  // namespace hearth
