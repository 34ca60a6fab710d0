#include "engine/pattern_matcher.h"

#include <gtest/gtest.h>

#include <chrono>

#include "hearth/error.h"

namespace hearth {
namespace {

using Patterns = std::vector<std::string>;

TEST(PatternMatcher, FindsTheLongestPatternThatEndsAtEachByte) {
  // The example of Aho and Corasick's paper.
  const PatternMatcher matcher(Patterns{"he", "she", "his", "hers"}, "word");
  PatternMatcher::State state = PatternMatcher::kStart;
  std::vector<std::size_t> matched;
  for (const char c : std::string("ushers")) {
    state = matcher.step(state, static_cast<unsigned char>(c));
    matched.push_back(matcher.matched(state));
  }
  EXPECT_EQ(matched, (std::vector<std::size_t>{0, 0, 0, 3, 0, 4}));
}

TEST(PatternMatcher, TellsHowMuchMayStillBecomeAPattern) {
  const PatternMatcher matcher(Patterns{"abcd", "cab"}, "word");
  PatternMatcher::State state = PatternMatcher::kStart;
  std::vector<std::size_t> pending;
  for (const char c : std::string("xabcabc")) {
    state = matcher.step(state, static_cast<unsigned char>(c));
    pending.push_back(matcher.pending(state));
  }
  EXPECT_EQ(pending, (std::vector<std::size_t>{0, 1, 2, 3, 2, 3, 3}));
}

TEST(PatternMatcher, TakesAnyBytes) {
  const PatternMatcher matcher(Patterns{std::string("\0\xFF", 2)}, "word");
  EXPECT_TRUE(matcher.occurs_in(std::string("a\0\xFF", 3)));
  EXPECT_FALSE(matcher.occurs_in(std::string("\xFF\0", 2)));
  EXPECT_FALSE(PatternMatcher(Patterns{}, "word").occurs_in("anything"));
}

TEST(PatternMatcher, RefusesAnEmptyPattern) {
  try {
    const PatternMatcher matcher(Patterns{"a", ""}, "stop string");
    FAIL() << "an empty pattern was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.message(), "a stop string is empty");
  }
}

TEST(PatternMatcher, RefusesMoreThan16MiB) {
  EXPECT_THROW(PatternMatcher(Patterns(17, std::string(std::size_t{1} << 20, 'a')), "word"), Error);
}

TEST(PatternMatcher, IsLinearOnPatternsThatAlmostMatchEverywhere) {
  Patterns patterns;
  for (int i = 1; i <= 200; ++i) patterns.push_back(std::string(static_cast<std::size_t>(i) * 10, 'a') + "b");
  const PatternMatcher matcher(patterns, "word");
  const std::string text(2'000'000, 'a');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(matcher.occurs_in(text));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace hearth
