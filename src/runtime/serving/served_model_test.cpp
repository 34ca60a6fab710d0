// A served model from outside: what callers on many threads see.
#include "runtime/serving/served_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

/// What became of a submission.
class Outcome {
 public:
  Submission submission(const std::string& prompt, std::int64_t max_tokens = -1) {
    Submission submission;
    submission.request.prompt = prompt;
    submission.request.max_tokens = max_tokens;
    submission.request.sampling.temperature = 0;
    submission.on_start = [this](std::int64_t prompt_tokens) { started = prompt_tokens; };
    submission.on_piece = [this](const AnswerPiece& piece) { streamed += piece.text; };
    submission.on_done = [this](Generation answer, const std::exception_ptr& error) {
      if (error != nullptr) {
        answer_.set_exception(error);
      } else {
        answer_.set_value(std::move(answer));
      }
    };
    return submission;
  }
  Generation get() { return answer_.get_future().get(); }

  std::int64_t started = -1;
  std::string streamed;

 private:
  std::promise<Generation> answer_;
};

class ServedModelTest : public ::testing::Test {
 protected:
  ServedModelTest() {
    testing::make_tiny_llama(folder_.path() / "tiny.gguf");
    options_.model.threads = 2;
  }
  std::shared_ptr<ServedModel> load() const {
    return ServedModel::load((folder_.path() / "tiny.gguf").string(), options_);
  }

  testing::TemporaryFolder folder_;
  ServingOptions options_;
};

TEST_F(ServedModelTest, AnswersAndStreamsTheSame) {
  const auto model = load();
  Outcome outcome;
  model->submit(outcome.submission("uvw"));
  const Generation answer = outcome.get();
  EXPECT_EQ(answer.text, "xyz");
  EXPECT_EQ(answer.finish_reason, FinishReason::kStop);
  EXPECT_EQ(outcome.streamed, "xyz");
  EXPECT_EQ(outcome.started, 4);  // with <s>
}

TEST_F(ServedModelTest, EmbedsInTheOrderOfTheInputs) {
  testing::make_tiny_bert(folder_.path() / "bert.gguf");
  const std::string path = (folder_.path() / "bert.gguf").string();
  const auto model = ServedModel::load(path, options_);
  Model plain = Model::load(path);
  EmbedSubmission submission;
  for (const char* text : {"red", "a cat", "the crimson car"})
    submission.inputs.push_back(model->embed_tokens(text, {}));
  std::promise<std::vector<std::vector<float>>> vectors;
  submission.on_done = [&](std::vector<std::vector<float>> got, const std::exception_ptr& error) {
    EXPECT_EQ(error, nullptr);
    vectors.set_value(std::move(got));
  };
  model->submit(std::move(submission));
  const auto got = vectors.get_future().get();
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[0], plain.embed("red"));
  EXPECT_EQ(got[1], plain.embed("a cat"));
  EXPECT_EQ(got[2], plain.embed("the crimson car"));
}

}  // namespace
}  // namespace hearth
