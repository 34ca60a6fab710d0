#include "cli/model_choice.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/usage_error.h"
#include "hearth/error.h"
#include "support/fixtures.h"

namespace hearth::cli {
namespace {

using Words = std::vector<std::string>;

class ModelChoiceTest : public ::testing::Test {
 protected:
  void SetUp() override { std::ofstream(file_) << "x"; }
  hearth::testing::TemporaryFolder folder_;
  std::string file_ = (folder_.path() / "model").string();
  Setting last_ = {"model", "/models/last.gguf", "last used"};
};

TEST_F(ModelChoiceTest, TheFirstWordIsTheModelIfItExists) {
  const ModelChoice choice = choose_model({}, {file_, "tell", "me"}, last_);
  EXPECT_EQ(choice.path, file_);
  EXPECT_EQ(choice.words, (Words{"tell", "me"}));
  EXPECT_EQ(choice_notice(choice), "");
  EXPECT_EQ(choose_model({}, {folder_.path().string()}, {}).path, folder_.path().string());
}

TEST_F(ModelChoiceTest, ElseTheWordsAreThePromptOfTheDefault) {
  const ModelChoice choice = choose_model({}, {"what", "is", "1/2?"}, last_);
  EXPECT_EQ(choice.path, "/models/last.gguf");
  EXPECT_EQ(choice.words, (Words{"what", "is", "1/2?"}));
  EXPECT_EQ(choice_notice(choice), "model /models/last.gguf (last used)");
  EXPECT_EQ(choose_model({}, {"1/2 of 3?"}, last_).words, Words{"1/2 of 3?"});  // white space: no path
  EXPECT_EQ(choice_notice({"a", "/p/.env", {}}), "model a (from /p/.env)");
}

TEST_F(ModelChoiceTest, ATypoInAPathIsAnError) {
  for (const char* word : {"./model.gguf", "models/tiny", "tiny.gguf", "~/x"}) {
    try {
      choose_model({}, {word, "hello"}, last_);
      FAIL() << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      EXPECT_EQ(error.message(), std::string(word) + ": no such file or folder");
    }
  }
}

TEST_F(ModelChoiceTest, ANamedModelLeavesAllWords) {
  EXPECT_EQ(choose_model(file_, {"a/b"}, last_).words, Words{"a/b"});
  EXPECT_THROW(choose_model("tiny", {}, last_), Error);
}

TEST_F(ModelChoiceTest, WithoutAnyModelUsageIsWrong) {
  EXPECT_THROW(choose_model({}, {}, {}), UsageError);
  EXPECT_THROW(choose_model({}, {"hello"}, {}), UsageError);
  EXPECT_THROW(choose_model({}, {""}, {}), UsageError);
}

}  // namespace
}  // namespace hearth::cli
