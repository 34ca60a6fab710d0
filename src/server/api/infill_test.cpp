#include "server/api/infill.h"

#include <gtest/gtest.h>

#include <map>

#include "server/api/testing/api_house.h"

namespace hearth {
namespace {

/// As SentencePiece does it: each text begins with a space of its own. Control tokens are 256 and more.
class SpacedModel : public hearth::testing::ScriptedModel {
 public:
  SpacedModel(hearth::testing::Script& script, std::map<std::string, TokenId, std::less<>> marks)
      : ScriptedModel(script), marks_(std::move(marks)) {}
  std::vector<TokenId> tokenize(std::string_view text, bool add, bool parse) const override {
    return ScriptedModel::tokenize(text.empty() ? "" : " " + std::string(text), add, parse);
  }
  std::optional<TokenId> find_token(std::string_view text) const override {
    const auto found = marks_.find(text);
    return found == marks_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, TokenId, std::less<>> marks_;
};

// Code Llama's paper, section 2.3, and its code: "<PRE> {prefix} <SUF>{suffix} <MID>".
TEST(Infill, CodeLlamasSuffixBeginsWithoutASpace) {
  hearth::testing::Script script;
  const SpacedModel model(script, {{"▁<PRE>", 256}, {"▁<SUF>", 257}, {"▁<MID>", 258}});
  EXPECT_EQ(infill_prompt(model, "ab", "cd"), (std::vector<TokenId>{256, ' ', 'a', 'b', 257, 'c', 'd', 258}));
  EXPECT_EQ(infill_prompt(model, "ab", " cd"), (std::vector<TokenId>{256, ' ', 'a', 'b', 257, ' ', 'c', 'd', 258}));
  EXPECT_EQ(infill_prompt(model, "a", ""), (std::vector<TokenId>{256, ' ', 'a', 257, 258}));
}

TEST(Infill, DeepSeeksMiddleStandsBetween) {
  hearth::testing::Script script;
  const SpacedModel model(script, {{"<｜fim▁begin｜>", 256}, {"<｜fim▁hole｜>", 257}, {"<｜fim▁end｜>", 258}});
  EXPECT_EQ(infill_prompt(model, "a", "b"), (std::vector<TokenId>{256, ' ', 'a', 257, ' ', 'b', 258}));
}

TEST(Infill, NeedsTokensForIt) {
  hearth::testing::Script script;
  EXPECT_THROW(infill_prompt(SpacedModel(script, {}), "a", "b"), HttpError);
}

}  // namespace
}  // namespace hearth
