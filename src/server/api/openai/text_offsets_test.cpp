#include "server/api/openai/text_offsets.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth {
namespace {

std::vector<std::size_t> offsets(TextOffsets& text, const std::vector<std::string>& tokens) {
  std::vector<std::size_t> all;
  for (const std::string& token : tokens) all.push_back(text.add(token));
  return all;
}

TEST(TextOffsets, OfAPromptAndWhatFollows) {
  TextOffsets text("Once upon");
  EXPECT_EQ(offsets(text, {"", " Once", " upon"}), (std::vector<std::size_t>{0, 0, 4}));
  text.pass_prompt();
  EXPECT_EQ(offsets(text, {" a", " time"}), (std::vector<std::size_t>{9, 11}));
}

TEST(TextOffsets, WhatThePromptDoesNotShowTakesNoPlace) {
  TextOffsets text("Once upon");
  EXPECT_EQ(text.add("<s>", true), 0U);
  EXPECT_EQ(offsets(text, {" Once", " upon"}), (std::vector<std::size_t>{0, 4}));
  EXPECT_EQ(text.add("<MID>", true), 9U);
  EXPECT_EQ(offsets(text, {" a", " suffix"}), (std::vector<std::size_t>{9, 9}));
  text.pass_prompt();
  EXPECT_EQ(text.add("a"), 9U);
  EXPECT_EQ(text.add("</s>", true), 10U);
  EXPECT_EQ(text.add("b"), 10U);
}

TEST(TextOffsets, ControlTokensThatThePromptShowsAreText) {
  TextOffsets text("<u>Hi<e>");
  EXPECT_EQ(text.add("<u>", true), 0U);
  EXPECT_EQ(text.add(" Hi"), 3U);
  EXPECT_EQ(text.add("<e>", true), 5U);
}

TEST(TextOffsets, GoOnBehindWhatATokenizerChanged) {
  TextOffsets text("a\r\nb c");
  EXPECT_EQ(offsets(text, {"a", "\n", "b", " C", " c"}), (std::vector<std::size_t>{0, 1, 3, 4, 4}));
}

TEST(TextOffsets, WithoutAPromptItBeginsAtZero) {
  TextOffsets text;
  EXPECT_EQ(offsets(text, {" a", "", "b"}), (std::vector<std::size_t>{0, 2, 2}));
}

TEST(TextOffsets, CountsCharactersAndNotBytes) {
  TextOffsets text("Ünï");
  EXPECT_EQ(offsets(text, {" Ü", "n", "\xC3", "\xAF"}), (std::vector<std::size_t>{0, 1, 2, 2}));
  text.pass_prompt();
  // A character of three bytes in three tokens stands at one place.
  EXPECT_EQ(offsets(text, {"\xE2", "\x82", "\xAC", "x"}), (std::vector<std::size_t>{3, 3, 3, 4}));
}

TEST(TextOffsets, PassesAPromptWhoseTokensAreNotTold) {
  TextOffsets text("Ünïcöde");
  text.pass_prompt();
  EXPECT_EQ(text.add("a"), 7U);
  text.pass_prompt();
  EXPECT_EQ(text.add("b"), 8U);
}

}  // namespace
}  // namespace hearth
