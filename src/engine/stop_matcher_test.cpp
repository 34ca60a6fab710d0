#include "engine/stop_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/unicode.h"
#include "engine/sampling/random.h"
#include "hearth/error.h"

namespace hearth {
namespace {

using Strings = std::vector<std::string>;

struct Result {
  std::string text;
  bool stopped;
  std::string stop = {};
  bool operator==(const Result&) const = default;
};

Result run(const Strings& stops, const Strings& pieces) {
  StopMatcher matcher(stops);
  Result result;
  for (const std::string& piece : pieces) {
    const StopMatcher::Step step = matcher.push(piece);
    result.text += step.text;
    if (step.stopped) break;
  }
  result.text += matcher.finish();
  result.stopped = matcher.stopped();
  result.stop = matcher.stop();
  return result;
}

Result by_searching_the_whole_text(const Strings& stops, const std::string& text) {
  std::size_t first = std::string::npos;
  std::string found;  // of several that begin there the shortest is complete first
  for (const std::string& stop : stops) {
    const std::size_t at = text.find(stop);
    if (at == std::string::npos || at > first || (at == first && stop.size() >= found.size())) continue;
    first = at;
    found = stop;
  }
  return {text.substr(0, first), first != std::string::npos, found};
}

TEST(StopMatcher, WithoutStopStringsTextPassesAtOnce) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.push("Hello").text, "Hello");
  EXPECT_EQ(matcher.finish(), "");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, FindsAStopStringThatSpansPieces) {
  EXPECT_EQ(run({"</end>"}, {"one <", "/e", "nd", "> two"}), (Result{"one ", true, "</end>"}));
  EXPECT_EQ(run({"\n\n"}, {"a\n", "b\n", "\nc"}), (Result{"a\nb", true, "\n\n"}));
}

TEST(StopMatcher, GivesOutTextAsSoonAsItIsCertain) {
  StopMatcher matcher({"STOP"});
  EXPECT_EQ(matcher.push("a S").text, "a ");
  EXPECT_EQ(matcher.push("T").text, "");
  EXPECT_EQ(matcher.push("ST").text, "ST");
  EXPECT_EQ(matcher.push("EP").text, "STEP");
  const auto step = matcher.push("STOP and more");
  EXPECT_EQ(step.text, "");
  EXPECT_TRUE(step.stopped);
  EXPECT_EQ(matcher.push("ignored").text, "");
  EXPECT_TRUE(matcher.push("ignored").stopped);
  EXPECT_EQ(matcher.finish(), "");
}

TEST(StopMatcher, HeldBackTextComesAtTheEnd) { EXPECT_EQ(run({"abc"}, {"xa", "b"}), (Result{"xab", false})); }

TEST(StopMatcher, TheStringThatBeginsFirstWinsEvenIfAnotherEndsBefore) {
  EXPECT_EQ(run({"bc", "abcd"}, {"xabcd"}), (Result{"x", true, "abcd"}));
  EXPECT_EQ(run({"bc", "abcd"}, {"xab", "cd"}), (Result{"x", true, "abcd"}));
  EXPECT_EQ(run({"bc", "abcd"}, {"xab", "ce"}), (Result{"xa", true, "bc"}));
  EXPECT_EQ(run({"bc", "abcd"}, {"xab", "c"}), (Result{"xa", true, "bc"}));  // decided by the end of the text
}

TEST(StopMatcher, DoesNotCutACharacterInTwo) {
  // A byte that also begins the stop string's second character must not hold back half a character.
  StopMatcher matcher({"\xA4!"});  // the last byte of "ä" and an exclamation mark: not valid UTF-8 itself
  const std::string out = matcher.push("na\xC3\xA4").text;
  EXPECT_EQ(out, "na");
  EXPECT_EQ(matcher.push("x").text, "\xC3\xA4x");
}

TEST(StopMatcher, EqualsASearchOfTheWholeTextHoweverItIsCut) {
  Random random(123);
  const auto below = [&](double n) { return static_cast<std::size_t>(random.uniform() * n); };
  const auto random_string = [&](std::size_t length, double letters) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('a' + below(letters));
    return text;
  };
  int stopped = 0;
  for (int round = 0; round < 20000; ++round) {
    const double letters = 2.0 + random.uniform() * 2.0;
    Strings stops(1 + below(4));
    for (std::string& stop : stops) stop = random_string(1 + below(6), letters);
    const std::string text = random_string(below(40), letters);
    Strings pieces;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = below(5);
      pieces.push_back(text.substr(at, length));
      at += length;
    }
    const Result expected = by_searching_the_whole_text(stops, text);
    ASSERT_EQ(run(stops, pieces), expected) << text;
    stopped += expected.stopped ? 1 : 0;

    // What was given out before the end is never taken back, and ends where a stop string can no longer begin.
    StopMatcher matcher(stops);
    std::string given;
    for (const std::string& piece : pieces) given += matcher.push(piece).text;
    ASSERT_TRUE(expected.text.starts_with(given));
  }
  EXPECT_GT(stopped, 5000);
  EXPECT_LT(stopped, 19000);
}

TEST(StopMatcher, RefusesAnEmptyStopString) { EXPECT_THROW(StopMatcher({"a", ""}), Error); }

TEST(StopMatcher, ALongAnswerWithALongStopStringIsQuick) {
  StopMatcher matcher({std::string(100000, 'a') + "b"});
  std::size_t given = 0;
  for (int i = 0; i < 300000; ++i) given += matcher.push("a").text.size();
  EXPECT_EQ(given, 200000U);
  EXPECT_EQ(matcher.finish().size(), 100000U);
}

}  // namespace
}  // namespace hearth
