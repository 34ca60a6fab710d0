#include <gtest/gtest.h>

#include "base/unicode.h"
#include "hearth/conversations.h"

namespace hearth {
namespace {

TEST(ConversationTitle, IsTheFirstMeaningfulLine) {
  EXPECT_EQ(conversation_title("How do I boil an egg?\nAnd a second line", ""), "How do I boil an egg?");
  EXPECT_EQ(conversation_title("\n\n   \n---\n***\nSoup", ""), "Soup");
  EXPECT_EQ(conversation_title("", ""), "");
  EXPECT_EQ(conversation_title("?!", "..."), "");
}

TEST(ConversationTitle, LeavesGreetingsOut) {
  EXPECT_EQ(conversation_title("Hello, can you help?", ""), "can you help?");
  EXPECT_EQ(conversation_title("Hi! Good morning - what is SQL", ""), "what is SQL");
  EXPECT_EQ(conversation_title("hey there\n\nWrite a poem", ""), "Write a poem");
  EXPECT_EQ(conversation_title("History of Rome", ""), "History of Rome");  // not "Hi", "story of Rome"
  EXPECT_EQ(conversation_title("Okapi facts", ""), "Okapi facts");
}

TEST(ConversationTitle, LeavesMarkdownOut) {
  EXPECT_EQ(conversation_title("## **Plan** for `main.cpp`", ""), "Plan for main.cpp");
  EXPECT_EQ(conversation_title("- [ ] see [the docs](https://example.org/a_b)", ""), "see the docs");
  EXPECT_EQ(conversation_title("> 1. quoted _thing_", ""), "quoted thing");
  EXPECT_EQ(conversation_title("snake_case stays", ""), "snake_case stays");
  EXPECT_EQ(conversation_title("```python\nprint(1)\n```\nWhat does it do?", ""), "What does it do?");
  EXPECT_EQ(conversation_title("```python\nprint(1)\n```", "It prints."), "print(1)");
  EXPECT_EQ(conversation_title("2024 was warm", ""), "2024 was warm");
}

TEST(ConversationTitle, TakesTheAnswerWhereTheQuestionSaysNothing) {
  EXPECT_EQ(conversation_title("Hi!", "# Welcome\nHow can I help?"), "Welcome");
  EXPECT_EQ(conversation_title("", "Here is the summary."), "Here is the summary.");
}

TEST(ConversationTitle, IsCutAtAWord) {
  const std::string title =
      conversation_title("Explain to me in detail how the immune system recognises a virus it has never met", "");
  EXPECT_EQ(title, "Explain to me in detail how the immune system recognises a…");
  // A text without blanks, of characters of three bytes each.
  std::string japanese;
  for (int i = 0; i < 100; ++i) japanese += "漢";
  const std::string cut = conversation_title(japanese, "");
  EXPECT_TRUE(is_valid_utf8(cut));
  EXPECT_EQ(cut.size(), std::size_t{60 * 3 + 3});
}

TEST(ConversationTitle, OfAnyBytesIsOneLineWithoutControls) {
  const std::string title = conversation_title(std::string("a\x01\0b\tc\rd\x7f", 8) + "\xff", "");
  for (const char c : title) EXPECT_FALSE(static_cast<unsigned char>(c) < ' ' || c == '\x7f');
}

}  // namespace
}  // namespace hearth
