#include "text/wordpiece.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

using Ids = std::vector<TokenId>;

Ids encode(const TokenModel& model, const std::string& text) {
  PieceCache cache(0);
  Ids ids;
  model.encode(text, cache, ids);
  return ids;
}

TEST(WordPiece, TakesTheLongestThatFits) {
  const WordPiece model({{"un", 1}, {"una", 2}, {"\u4f60", 6}}, {{"aff", 3}, {"ffable", 4}, {"able", 5}, {"\u597d", 7}},
                        0, 8);
  EXPECT_EQ(encode(model, "unaffable"), Ids{0});  // nine characters
  EXPECT_EQ(encode(model, "unaff"), Ids{0});      // "una" is longer than "un", and nothing continues with "ff"
  EXPECT_EQ(encode(model, "unaable"), (Ids{2, 5}));
  EXPECT_EQ(encode(model, "\u4f60\u597d"), (Ids{6, 7}));
  EXPECT_EQ(encode(model, "able"), Ids{0});
  EXPECT_EQ(encode(model, "un\xff"), Ids{0});
  EXPECT_EQ(encode(model, ""), Ids{});
}

TEST(WordPiece, CountsCharactersAndNotBytes) {
  const WordPiece model({{"\u4f60", 1}}, {{"\u4f60", 2}}, 0, 3);
  EXPECT_EQ(encode(model, "\u4f60\u4f60\u4f60"), (Ids{1, 2, 2}));
  EXPECT_EQ(encode(model, "\u4f60\u4f60\u4f60\u4f60"), Ids{0});
}

TEST(WordPiece, SaysSoWhereThereIsNoUnknownToken) {
  const WordPiece model({{"a", 1}}, {}, std::nullopt, 100);
  EXPECT_THROW(encode(model, "b"), Error);
  EXPECT_THROW(encode(model, "ab"), Error);
}

TEST(WordLevel, KnowsWholeWordsOnly) {
  const WordLevel model({{"ab", 1}, {"abc", 2}}, 0);
  EXPECT_EQ(encode(model, "ab"), Ids{1});
  EXPECT_EQ(encode(model, "abc"), Ids{2});
  EXPECT_EQ(encode(model, "abcd"), Ids{0});
  EXPECT_EQ(encode(model, "a"), Ids{0});
}

}  // namespace
}  // namespace hearth
