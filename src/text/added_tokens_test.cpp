#include "text/added_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hearth {
namespace {

AddedToken token(TokenId id, std::string content, bool special) {
  AddedToken result;
  result.id = id;
  result.content = std::move(content);
  result.special = special;
  return result;
}

using Range = std::pair<std::size_t, std::size_t>;

/// Tokens as "#id", text in quotes.
std::string split(const AddedTokens& tokens, const std::string& text, bool parse_special = true,
                  const std::vector<Range>& untrusted = {}) {
  EncodeOptions options;
  options.parse_special = parse_special;
  options.untrusted = untrusted;
  std::string result;
  tokens.split(text, options, [&result](AddedTokens::Part&& part) {
    result += part.id == Section::kText ? "'" + part.text + "'" : "#" + std::to_string(part.id);
  });
  return result;
}

TEST(AddedTokens, TakesTheLeftmostAndLongest) {
  const AddedTokens tokens({token(1, "<a>", true), token(2, "<a>b", true), token(3, "b<", false)}, nullptr);
  EXPECT_EQ(split(tokens, "x<a>b<a>c"), "'x'#2#1'c'");
  EXPECT_EQ(split(tokens, ""), "");
  EXPECT_EQ(split(tokens, "<a"), "'<a'");
}

TEST(AddedTokens, TakesSpecialOnesForTextWhereItShall) {
  const AddedTokens tokens({token(1, "<a>", true), token(2, "  ", false)}, nullptr);
  EXPECT_EQ(split(tokens, "<a>  <a>", false), "'<a>'#2'<a>'");
}

TEST(AddedTokens, TakesWhiteSpaceAlong) {
  AddedToken left = token(1, "<l>", true);
  left.lstrip = true;
  AddedToken right = token(2, "<r>", true);
  right.rstrip = true;
  AddedToken word = token(3, "it", false);
  word.single_word = true;
  const AddedTokens tokens({left, right, word}, nullptr);
  EXPECT_EQ(split(tokens, "a \u3000<l> b"), "'a'#1' b'");
  EXPECT_EQ(split(tokens, "a <r> \n b"), "'a '#2'b'");
  EXPECT_EQ(split(tokens, "<r>  <l>"), "#2#1");
  EXPECT_EQ(split(tokens, "it fits it. _it"), "#3' fits '#3'. _it'");
}

TEST(AddedTokens, LooksForNormalizedOnesInNormalizedText) {
  AddedToken normal = token(1, "YES", false);
  normal.normalized = true;
  const LowercaseNormalizer lowercase;
  const AddedTokens tokens({normal, token(2, "NO", false)}, &lowercase);
  EXPECT_EQ(split(tokens, "A yes NO no"), "'a '#1' '#2' no'");
}

TEST(AddedTokens, NeverTakesControlTokensFromUntrustedText) {
  const AddedTokens tokens({token(1, "<end>", true), token(2, "\n", false)}, nullptr);
  const std::string text = "<end>hi<end>\n<end>";
  EXPECT_EQ(split(tokens, text, true, {{5, 13}}), "#1'hi<end>'#2#1");
  // One byte of it is enough; the bytes beside it are not touched.
  EXPECT_EQ(split(tokens, text, true, {{4, 7}}), "'<end>hi'#1#2#1");
  EXPECT_EQ(split(tokens, text, true, {{5, 7}}), "#1'hi'#1#2#1");
  EXPECT_EQ(split(tokens, text, true, {{7, 8}, {17, 18}}), "#1'hi<end>'#2'<end>'");
  EXPECT_EQ(split(tokens, text, true, {{5, 5}}), "#1'hi'#1#2#1");
}

TEST(AddedTokens, FindsAControlTokenBesideAnUntrustedOne) {
  // What a user begins must not swallow what the template means: "<<" would hide the "<end>" behind it.
  const AddedTokens tokens({token(1, "<end>", true), token(2, "<<end", true)}, nullptr);
  EXPECT_EQ(split(tokens, "<<end>", true, {{0, 1}}), "'<'#1");
}

TEST(AddedTokens, KeepsUntrustedTextApartThroughNormalizers) {
  AddedToken end = token(1, "<end>", true);
  end.normalized = true;
  const auto normalizer =
      load_normalizer(parse_json(R"({"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"NFKC"},
                     {"type":"Replace","pattern":{"String":"x"},"content":"yyy"}]})",
                                 "test"),
                      "test");
  const AddedTokens tokens({end}, normalizer.get());
  const std::string text = "x\uff21<END>x<End>";  // a wide A, and letters that change length before both tokens
  EXPECT_EQ(split(tokens, text), "'yyya'#1'yyy'#1");
  EXPECT_EQ(split(tokens, text, true, {{9, 15}}), "'yyya'#1'yyy<end>'");
  EXPECT_EQ(split(tokens, text, true, {{0, 4}, {9, 10}}), "'yyya'#1'yyy'#1");
  EXPECT_EQ(split(tokens, text, true, {{3, 5}}), "'yyya<end>yyy'#1");
}

}  // namespace
}  // namespace hearth
