// Answers under a grammar, on a model that would rather continue the alphabet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class ConstraintTest : public ::testing::Test {
 protected:
  ConstraintTest() {
    testing::make_tiny_llama(folder_.path() / "tiny.gguf", 1, {.context = 256, .certainty = 3.0F});
    model_ = std::make_shared<const LoadedModel>(load_model((folder_.path() / "tiny.gguf").string()));
    options_.threads = 2;
  }

  SequenceRequest request(Engine& engine, std::shared_ptr<const Grammar> grammar) const {
    SequenceRequest request;
    request.prompt = model_->tokenizer->encode("a");
    request.max_tokens = 200;
    request.continues_text = true;
    request.sampling.temperature = 0;
    request.grammar = std::move(grammar);
    request.vocabulary = engine.vocabulary();
    return request;
  }

  static Generation run(Engine& engine, SequenceRequest request) {
    Sequence* sequence = engine.start(std::move(request));
    while (!sequence->done()) engine.step();
    return engine.finish(sequence);
  }

  Generation answer(std::shared_ptr<const Grammar> grammar) const {
    Engine engine(model_, options_);
    return run(engine, request(engine, std::move(grammar)));
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<const LoadedModel> model_;
  ModelOptions options_;
};

TEST_F(ConstraintTest, TheLikeliestAllowedTokenWins) {
  EXPECT_EQ(answer(Grammar::from_regex("[bxyz]c?[0-9]!")).text.substr(0, 2), "bc");
  const Generation choice = answer(Grammar::from_choices(std::vector<std::string>{"yes", "bat", "no"}));
  EXPECT_EQ(choice.text, "bat");
  EXPECT_EQ(choice.finish_reason, FinishReason::kStop);
}

TEST_F(ConstraintTest, TextWithoutAChoiceIsTakenWithoutTheModel) {
  const Generation answer = this->answer(Grammar::from_choices(std::vector<std::string>{"x{\"name\": 1}"}));
  EXPECT_EQ(answer.text, "x{\"name\": 1}");
  EXPECT_EQ(answer.finish_reason, FinishReason::kStop);
  EXPECT_GE(answer.stats.forced_tokens, 8);
  EXPECT_EQ(answer.stats.generated_tokens, static_cast<std::int64_t>(answer.ids.size()));
}

TEST_F(ConstraintTest, ALeadingSpaceIsPartOfTheText) {
  EXPECT_EQ(answer(Grammar::from_regex(" b")).text, " b");
  Engine engine(model_, options_);
  SequenceRequest whole = request(engine, Grammar::from_regex(" [bc]"));
  whole.continues_text = false;  // a text of its own, whose first space would be dropped
  EXPECT_EQ(run(engine, std::move(whole)).text, " b");
}

TEST_F(ConstraintTest, EndsOnlyWhenItIsComplete) {
  // After z this model wants to stop; the grammar does not let it.
  Engine engine(model_, options_);
  SequenceRequest more = request(engine, Grammar::from_regex("z{3}"));
  const Generation answer = run(engine, std::move(more));
  EXPECT_EQ(answer.text, "zzz");
  EXPECT_EQ(this->answer(Grammar::from_regex("[b-z]*")).text, "bcdefghijklmnopqrstuvwxyz");
}

TEST_F(ConstraintTest, SamplersStayInside) {
  const auto grammar =
      Grammar::from_json_schema(R"({"type": "object", "required": ["a", "b"], "additionalProperties": false,
    "properties": {"a": {"enum": [1, 2, 3]}, "b": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3}}})",
                                {.space = JsonSpace::kNone, .resolver = {}});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Engine engine(model_, options_);
    SequenceRequest sampled = request(engine, grammar);
    sampled.sampling = {};
    sampled.sampling.temperature = 2;
    sampled.sampling.top_k = seed % 2 == 0 ? 0 : 40;
    sampled.sampling.mirostat = seed % 5 == 0;
    sampled.sampling.seed = seed;
    const Generation answer = run(engine, std::move(sampled));
    EXPECT_EQ(answer.finish_reason, FinishReason::kStop);
    EXPECT_THAT(answer.text, ::testing::ContainsRegex(R"(^\{"a":[123],"b":\[((true|false)(,(true|false))*)?\]\}$)"));
  }
}

TEST_F(ConstraintTest, SameAnswerAloneAndAmongOthers) {
  const auto grammar = Grammar::from_regex("[b-m]{3,9}(-[n-z]+)?");
  Engine engine(model_, options_);
  const std::string alone = run(engine, request(engine, grammar)).text;
  SequenceRequest free;
  free.prompt = model_->tokenizer->encode("a");
  free.max_tokens = 30;
  free.sampling.temperature = 0;
  Sequence* first = engine.start(request(engine, grammar));
  Sequence* other = engine.start(std::move(free));
  Sequence* second = engine.start(request(engine, grammar));
  while (engine.step()) {
  }
  EXPECT_EQ(engine.finish(first).text, alone);
  EXPECT_EQ(engine.finish(second).text, alone);
  EXPECT_THAT(engine.finish(other).text, HasSubstr("bcdef"));
}

TEST_F(ConstraintTest, LimitsStillHold) {
  Engine engine(model_, options_);
  SequenceRequest limited = request(engine, Grammar::from_choices(std::vector<std::string>{"abcdefghij"}));
  limited.max_tokens = 4;
  const Generation cut = run(engine, std::move(limited));
  EXPECT_EQ(cut.text, "abcd");
  EXPECT_EQ(cut.finish_reason, FinishReason::kLength);
  SequenceRequest stopped = request(engine, Grammar::from_regex("[a-z]+"));
  stopped.stop = {"ef"};
  EXPECT_EQ(run(engine, std::move(stopped)).text, "bcd");
}

TEST_F(ConstraintTest, IgnoringTheEndStillEndsWhatIsComplete) {
  Engine engine(model_, options_);
  SequenceRequest endless = request(engine, Grammar::from_choices(std::vector<std::string>{"bc"}));
  endless.ignore_eos = true;
  EXPECT_EQ(run(engine, std::move(endless)).text, "bc");
}

}  // namespace
}  // namespace hearth
