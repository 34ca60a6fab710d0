#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "grammar/grammar.h"
#include "grammar/machine.h"
#include "hearth/error.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

bool accepts(const std::string& grammar, const std::string& text) {
  const auto compiled = Grammar::from_gbnf(grammar);
  Machine machine(compiled->graph());
  ThreadSet at = machine.start(), next;
  for (const char byte : text) {
    machine.step(at, static_cast<std::uint8_t>(byte), next);
    std::swap(at, next);
    if (at.empty()) return false;
  }
  return at.complete;
}

std::string refusal(const std::string& grammar) {
  try {
    Grammar::from_gbnf(grammar);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(Gbnf, LiteralsClassesAndRepetitions) {
  EXPECT_TRUE(accepts("root ::= \"yes\" | \"no\"", "yes"));
  EXPECT_FALSE(accepts("root ::= \"yes\" | \"no\"", "yesno"));
  EXPECT_FALSE(accepts("root ::= \"yes\" | \"no\"", "ye"));
  EXPECT_TRUE(accepts(R"(root ::= "\x41\n\u00e9\U0001F600\"")", "A\n\u00e9\U0001F600\""));
  EXPECT_TRUE(accepts("root ::= [a-c\\]-]+ [^x]?", "ab]-y"));
  EXPECT_FALSE(accepts("root ::= [a-c]+ [^x]?", "abx"));
  EXPECT_TRUE(accepts("root ::= . .", "\u00e9\n"));
  EXPECT_TRUE(accepts("root ::= \"a\"{2} \"b\"{1,} \"c\"{0,2}", "aabbbcc"));
  EXPECT_FALSE(accepts("root ::= \"a\"{2} \"b\"{1,} \"c\"{0,2}", "aabbbccc"));
  EXPECT_FALSE(accepts("root ::= \"a\"{2} \"b\"{1,} \"c\"{0,2}", "aacc"));
}

TEST(Gbnf, LinesCommentsAndGroups) {
  const char* const grammar =
      "# an address\n"
      "root ::= name # first\n"
      "       | \"<\" ( name\n"
      "         \"-\" name ) \">\"\n"
      "\n"
      "name ::= [a-z]+\n";
  EXPECT_TRUE(accepts(grammar, "bob"));
  EXPECT_TRUE(accepts(grammar, "<bob-eve>"));
  EXPECT_FALSE(accepts(grammar, "<bob>"));
}

TEST(Gbnf, RulesThatRecurse) {
  const char* const lists = "root ::= item (\",\" item)*\nitem ::= [a-z]+ | \"(\" root \")\" | \"()\"\n";
  EXPECT_TRUE(accepts(lists, "a,(b,(c),()),d"));
  EXPECT_FALSE(accepts(lists, "a,(b,(c)"));
  EXPECT_FALSE(accepts(lists, "a,,b"));
  EXPECT_TRUE(accepts("root ::= \"a\" root | \"b\"", std::string(50'000, 'a') + "b"));
}

TEST(Gbnf, RepetitionsOfWhatMayBeEmptyEnd) {
  EXPECT_TRUE(accepts("root ::= part* \"!\"\npart ::= \"a\"? | \"(\" root \")\"", "aa(a!)!"));
  EXPECT_TRUE(accepts("root ::= part{3} \"!\"\npart ::= \"a\"? | \"(\" root \")\"", "!"));
  EXPECT_TRUE(accepts("root ::= (part*)* \"!\"\npart ::= \"a\"? | \"(\" root \")\"", "(!)!"));
  EXPECT_FALSE(accepts("root ::= part{2} \"!\"\npart ::= \"a\"? | \"(\" root \")\"", "aaa!"));
}

TEST(Gbnf, RefusalsNameThePlace) {
  EXPECT_THAT(refusal("root := \"a\""), HasSubstr("line 1, column 6"));
  EXPECT_THAT(refusal("root ::= \"a"), HasSubstr("no closing quote"));
  EXPECT_THAT(refusal("root ::= thing"), HasSubstr("'thing' is not defined"));
  EXPECT_THAT(refusal("root ::= \"a\"\nroot ::= \"b\""),
              HasSubstr("line 2, column 1: the rule 'root' is defined twice"));
  EXPECT_THAT(refusal("start ::= \"a\""), HasSubstr("no rule named 'root'"));
  EXPECT_THAT(refusal("root ::= (\"a\""), HasSubstr("\")\" should stand here"));
  EXPECT_THAT(refusal("root ::= [b-a]"), HasSubstr("out of order"));
  EXPECT_THAT(refusal("root ::= \"a\"{3,2}"), HasSubstr("out of order"));
  EXPECT_THAT(refusal("root ::= \"\\q\""), HasSubstr("escape"));
  EXPECT_THAT(refusal("root ::= <think>"), HasSubstr("single tokens"));
  EXPECT_THAT(refusal("root ::= \"a\"{999999999}"), HasSubstr("repetitions"));
}

TEST(Gbnf, LeftRecursionIsRefused) {
  EXPECT_THAT(refusal("root ::= root \"a\" | \"a\""), HasSubstr("'root' begins with itself"));
  EXPECT_THAT(refusal("root ::= \"x\"? other\nother ::= root \"a\" | \"b\""), HasSubstr("begins with itself"));
}

TEST(Gbnf, WhatNeverEndsIsRefused) {
  EXPECT_THAT(refusal("root ::= \"a\" root"), HasSubstr("no text that ends"));
  EXPECT_TRUE(accepts("root ::= \"a\" | loop\nloop ::= \"b\" loop", "a"));
  EXPECT_FALSE(accepts("root ::= \"a\" | loop\nloop ::= \"b\" loop", "b"));
}

TEST(Gbnf, AmbiguityIsBounded) {
  // Regular however it is written: one automaton, one way to read.
  EXPECT_TRUE(accepts("root ::= (\"a\"* \"a\"*)* (\"a\" | \"aa\")* \"b\"", std::string(2000, 'a') + "b"));
  std::string chain = "root ::= r0\n";
  for (int i = 0; i < 3000; ++i) chain += "r" + std::to_string(i) + " ::= \"a\" r" + std::to_string(i + 1) + "\n";
  chain += "r3000 ::= \"b\"\n";
  EXPECT_TRUE(accepts(chain, std::string(3000, 'a') + "b"));
}

}  // namespace
}  // namespace hearth
