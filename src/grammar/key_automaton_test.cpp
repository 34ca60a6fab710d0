#include "grammar/key_automaton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "grammar/regex.h"
#include "hearth/error.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kNone = KeyAutomaton::kNoLabel, kClass = KeyAutomaton::kClass;

std::uint32_t label_of(const KeyAutomaton& keys, std::string_view key) {
  KeyAutomaton::State state = keys.start();
  for (const char byte : key) {
    if (state == KeyAutomaton::kDead) return kNone;
    state = keys.step(state, static_cast<std::uint8_t>(byte));
  }
  return state == KeyAutomaton::kDead ? kNone : keys.label(state);
}

const KeyAutomaton::ClassOf kNoOthers = [](std::uint64_t) { return kNone; };
const KeyAutomaton::ClassOf kAnyOther = [](std::uint64_t) { return 0U; };

TEST(KeyAutomaton, KnowsItsNamesAndNothingElse) {
  const std::vector<std::string> names = {"b", "", "abc", "a", "é"};
  const KeyAutomaton keys(names, {}, kNoOthers);
  for (std::uint32_t i = 0; i < names.size(); ++i) EXPECT_EQ(label_of(keys, names[i]), i);
  for (const char* other : {"ab", "abcd", "c", "\xC3", "A"}) EXPECT_EQ(label_of(keys, other), kNone) << other;
  EXPECT_FALSE(keys.has_class_keys());
  EXPECT_FALSE(keys.free_but_names());
  EXPECT_THAT(keys.names_below(keys.start()), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(keys.names_below(keys.step(keys.start(), 'a')), ElementsAre(2, 3));
  EXPECT_EQ(keys.step(keys.start(), 'x'), KeyAutomaton::kDead);
}

TEST(KeyAutomaton, PutsEveryOtherTextIntoOneClass) {
  const std::vector<std::string> names = {"a", "abc"};
  const KeyAutomaton keys(names, {}, kAnyOther);
  EXPECT_EQ(label_of(keys, "a"), 0U);
  EXPECT_EQ(label_of(keys, "abc"), 1U);
  for (const char* other : {"", "ab", "abcd", "b", "日本", "a\xC3\xA9"})
    EXPECT_EQ(label_of(keys, other), kClass | 0) << other;
  EXPECT_EQ(label_of(keys, "\xC3"), kNone);
  EXPECT_EQ(label_of(keys, "\xFF"), kNone);
  EXPECT_TRUE(keys.free_but_names());
  EXPECT_EQ(keys.class_keys_below(keys.start()), Dfa::kInfinite);
  EXPECT_THAT(keys.classes_in_use(), ElementsAre(0));
  const auto off = keys.step(keys.start(), 'b');
  EXPECT_TRUE(keys.is_universal(off));
  EXPECT_FALSE(keys.is_universal(keys.start()));
  EXPECT_TRUE(keys.inside_character(keys.step(off, 0xC3)));
  EXPECT_THAT(keys.names_below(off), IsEmpty());
}

TEST(KeyAutomaton, ClassesFollowThePatterns) {
  const std::vector<std::string> names = {"x-a"};
  const std::vector<DfaPointer> patterns = {compile_regex("^x-", RegexMatch::kSearch),
                                            compile_regex("[0-9]$", RegexMatch::kSearch)};
  const KeyAutomaton keys(names, patterns, [](std::uint64_t matching) {
    return matching == 0 ? kNone : static_cast<std::uint32_t>(matching) - 1;
  });
  EXPECT_EQ(label_of(keys, "x-a"), 0U);
  EXPECT_EQ(label_of(keys, "x-b"), kClass | 0);
  EXPECT_EQ(label_of(keys, "7"), kClass | 1);
  EXPECT_EQ(label_of(keys, "x-7"), kClass | 2);
  EXPECT_EQ(label_of(keys, "y"), kNone);
  EXPECT_THAT(keys.classes_in_use(), ElementsAre(0, 1, 2));
}

TEST(KeyAutomaton, CountsTheKeysOfAFiniteClass) {
  const std::vector<DfaPointer> patterns = {compile_regex("^[ab]{1,2}$", RegexMatch::kSearch)};
  const KeyAutomaton keys(std::vector<std::string>{"a"}, patterns,
                          [](std::uint64_t matching) { return matching == 1 ? 0U : kNone; });
  EXPECT_EQ(keys.class_keys_below(keys.start()), 5U);  // b, aa, ab, ba, bb; "a" is a name
  EXPECT_EQ(keys.class_keys_below(keys.step(keys.start(), 'a')), 2U);
  EXPECT_EQ(keys.class_keys_below(keys.step(keys.start(), 'b')), 3U);
}

TEST(KeyAutomaton, WithoutAnyKeyIsDead) {
  const KeyAutomaton keys({}, {}, kNoOthers);
  EXPECT_EQ(keys.start(), KeyAutomaton::kDead);
  EXPECT_FALSE(keys.has_class_keys());
}

TEST(KeyAutomaton, RefusesPatternsThatExplodeTogether) {
  std::vector<DfaPointer> patterns;
  for (int i = 0; i < 12; ++i)
    patterns.push_back(compile_regex(
        "^[ab]*" + std::string(1, i % 2 == 0 ? 'a' : 'b') + "[ab]{" + std::to_string(i) + "}$", RegexMatch::kSearch));
  AutomatonLimits limits;
  limits.max_states = 2000;
  try {
    const KeyAutomaton keys({}, patterns, kAnyOther, limits);
    FAIL() << keys.n_states();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("2000 states"));
  }
}

}  // namespace
}  // namespace hearth
