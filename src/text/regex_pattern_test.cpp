#include "text/regex_pattern.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

using Matches = std::vector<std::pair<std::size_t, std::size_t>>;

Matches matches(const std::string& expression, const std::string& text) {
  Matches result;
  Pattern::regex(expression, "test").each_match(text, [&](std::size_t begin, std::size_t end) {
    result.emplace_back(begin, end);
  });
  return result;
}

TEST(RegexPattern, TakesLiteralsAsTheyAre) {
  Matches found;
  Pattern::literal("a.").each_match("a.aba.a",
                                    [&](std::size_t begin, std::size_t end) { found.emplace_back(begin, end); });
  EXPECT_EQ(found, (Matches{{0, 2}, {4, 6}}));
}

TEST(RegexPattern, GivesEmptyMatchesOnceAPlace) {
  EXPECT_EQ(matches("x*", "axb"), (Matches{{0, 0}, {1, 2}, {3, 3}}));
  EXPECT_EQ(matches("(?=b)", "abab"), (Matches{{1, 1}, {3, 3}}));
}

TEST(RegexPattern, MatchesNoInvalidBytes) {
  EXPECT_EQ(matches(".+",
                    "ab\xff"
                    "c\xe4\xbd"
                    "d"),
            (Matches{{0, 2}, {3, 4}, {6, 7}}));
  EXPECT_EQ(matches("[^a]", "\xff\xff"), Matches());
}

// The hand-written scanners stand for two expressions; the same expressions written otherwise go to the regex engine.
TEST(RegexPattern, GroupsDigitsAsTheExpressionSays) {
  std::mt19937 random(1);
  const std::string alphabet[] = {"1", "2", "3", "4", " ", "a", ".", "\u0665", "\u00bd"};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (unsigned n = random() % 20; n > 0; --n) text += alphabet[random() % (random() % 2 == 0 ? 4 : 9)];
    EXPECT_EQ(matches("(?=(\\d{3})+(?!\\d))", text), matches("(?=(?:\\d{3})+(?!\\d))", text)) << text;
    EXPECT_EQ(matches("\\d{1,3}(?=(?:\\d{3})*\\b)", text), matches("\\d{1,3}(?=(\\d{3})*\\b)", text)) << text;
  }
}

TEST(RegexPattern, TakesLongRunsWhole) {
  const std::size_t n = 3'000'000;
  const std::string gpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
  const std::string qwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  for (const std::string& expression : {gpt2, qwen2}) {
    for (const char c : {' ', 'a', '!'}) EXPECT_EQ(matches(expression, std::string(n, c)), (Matches{{0, n}})) << c;
    EXPECT_EQ(matches(expression, std::string(n, ' ') + "x"), (Matches{{0, n - 1}, {n - 1, n + 1}}));
  }
}

TEST(RegexPattern, EndsInTimeWhereItBacktracksWithoutEnd) {
  const auto begin = std::chrono::steady_clock::now();
  const Matches found = matches("(a+)+$|b", std::string(2000, 'a') + "c\nb");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(120));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.back(), (std::pair<std::size_t, std::size_t>(2002, 2003)));
}

TEST(RegexPattern, CutsWhatNeedsTooMuchMemory) {
  const std::size_t n = 200'000;
  const Matches found = matches("(?:(?=a)(?:a|b))+", std::string(n, 'a'));  // a step of the stack for every character
  ASSERT_FALSE(found.empty());
  std::size_t end = 0;
  for (const auto& [b, e] : found) {
    EXPECT_EQ(b, end);
    end = e;
  }
  EXPECT_EQ(end, n);
}

TEST(RegexPattern, RefusesWhatIsNoExpression) {
  for (const char* expression : {"(", "[", "[a", "*", "a{3,1}", "(?<n>", "\\p{Nonsense}", "[[a]"}) {
    try {
      Pattern::regex(expression, "file: field");
      ADD_FAILURE() << expression;
    } catch (const Error& error) {
      EXPECT_EQ(error.message().rfind("file: field", 0), 0u) << error.message();
    }
  }
  EXPECT_THROW(Pattern::regex(std::string(1000, '[') + std::string(1000, ']'), "test"), Error);
  EXPECT_THROW(Pattern::regex(std::string(100'000, 'a'), "test"), Error);
  EXPECT_THROW(Pattern::from_json(parse_json("{}", "test"), "test"), Error);
}

}  // namespace
}  // namespace hearth
