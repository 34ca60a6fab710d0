#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/matcher.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::string_view kSchema = R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],
  "additionalProperties":false})";

TaggedOptions call_tags() {
  TaggedOptions tagged;
  tagged.begin = "<call>\n";
  tagged.end = "\n</call>";
  tagged.separator = "\n";
  return tagged;
}

bool accepts(const Grammar& grammar, std::string_view text) {
  Machine machine(grammar.graph());
  ThreadSet at = machine.start(), next;
  for (const char byte : text) {
    machine.step(at, static_cast<std::uint8_t>(byte), next);
    std::swap(at, next);
    if (at.empty()) return false;
  }
  return at.complete;
}

std::shared_ptr<const TokenVocabulary> bytes_only() {
  std::vector<std::string> tokens;
  for (unsigned byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  return std::make_shared<const TokenVocabulary>(tokens);
}

TEST(Tagged, FreeTextEndsWhereTheTriggerIsWritten) {
  const auto grammar = Grammar::tagged(kSchema, call_tags());
  for (const char* text :
       {"", "Hello.", "a < b <c <call <call<cal", "é < <cäll>", "<call>\n{\"n\":1}\n</call>",
        "Let me see.\n<call>\n{\"n\": 12}\n</call>", "<<call>\n{\"n\":1}\n</call>",
        "<call<call>\n{\"n\":1}\n</call>\n<call>\n{\"n\":2}\n</call>\n", "<call>\n{\"n\":1}\n</call>\n\n"})
    EXPECT_TRUE(accepts(*grammar, text)) << text;
  for (const char* text :
       {"<call>", "a<call>b", "<call>\n{}\n</call>", "<call>\n{\"n\":1}", "<call>\n{\"n\":1}\n</call>Done.",
        "<call>\n{\"n\":1}\n</call><call>\n{\"n\":2}\n</call>", "<call>{\"n\":1}\n</call>", "\xC3"})
    EXPECT_FALSE(accepts(*grammar, text)) << text;
}

TEST(Tagged, CountsItsParts) {
  const std::string part = "<call>\n{\"n\":1}\n</call>";
  TaggedOptions tagged = call_tags();
  tagged.free_text = false;
  tagged.min_parts = 2;
  tagged.max_parts = 3;
  const auto grammar = Grammar::tagged(kSchema, tagged);
  EXPECT_FALSE(accepts(*grammar, part));
  EXPECT_TRUE(accepts(*grammar, part + "\n" + part));
  EXPECT_TRUE(accepts(*grammar, part + "\n" + part + "\n" + part));
  EXPECT_FALSE(accepts(*grammar, part + "\n" + part + "\n" + part + "\n" + part));
  EXPECT_FALSE(accepts(*grammar, "Well: " + part + "\n" + part));
  EXPECT_FALSE(accepts(*grammar, ""));
  tagged.min_parts = 0;
  tagged.max_parts = 1;
  EXPECT_TRUE(accepts(*Grammar::tagged(kSchema, tagged), ""));
  EXPECT_TRUE(accepts(*Grammar::tagged(kSchema, tagged), part));
  EXPECT_FALSE(accepts(*Grammar::tagged(kSchema, tagged), part + "\n" + part));
}

TEST(Tagged, TheWholeMaySatisfyAnotherSchemaInstead) {
  TaggedOptions tagged = call_tags();
  tagged.free_text = false;
  tagged.min_parts = 1;
  tagged.instead = R"({"enum":["yes",{"n":true}]})";
  const auto grammar = Grammar::tagged(kSchema, tagged);
  EXPECT_TRUE(accepts(*grammar, "\"yes\""));
  EXPECT_TRUE(accepts(*grammar, "{\"n\":true}"));
  EXPECT_TRUE(accepts(*grammar, "<call>\n{\"n\":1}\n</call>"));
  EXPECT_FALSE(accepts(*grammar, "{\"n\":1}"));
  EXPECT_FALSE(accepts(*grammar, "<call>\n\"yes\"\n</call>"));
}

TEST(Tagged, WritesTagsWithoutAsking) {
  TaggedOptions tagged = call_tags();
  tagged.free_text = false;
  tagged.min_parts = 1;
  Matcher matcher(Grammar::tagged(kSchema, tagged, {.space = JsonSpace::kNone, .resolver = {}}), bytes_only());
  EXPECT_EQ(matcher.forced_text(), "<call>\n{\"n\":");
  ASSERT_TRUE(matcher.accept_text("<call>\n{\"n\":7}"));
  EXPECT_EQ(matcher.forced_text(), "\n</call>");
  ASSERT_TRUE(matcher.accept_text("\n</call>"));
  EXPECT_TRUE(matcher.may_end());

  Matcher free(Grammar::tagged(kSchema, call_tags()), bytes_only());
  EXPECT_EQ(free.forced_text(), "");
  ASSERT_TRUE(free.accept_text("So: <call>"));
  EXPECT_FALSE(free.may_end());
  EXPECT_EQ(free.forced_text(), "\n{");
}

TEST(Tagged, StandsBehindAPreamble) {
  TaggedOptions tagged = call_tags();
  tagged.free_text = false;
  tagged.min_parts = 1;
  const auto calls = Grammar::tagged(kSchema, tagged);
  const std::string part = "<call>\n{\"n\":1}\n</call>";
  const auto may = Grammar::behind_preamble(*calls, "<think>", "</think>");
  EXPECT_TRUE(accepts(*may, part));
  EXPECT_TRUE(accepts(*may, "<think>\nHm, <call> or </thin>?\n</think>\n\n" + part));
  EXPECT_FALSE(accepts(*may, "<think>\nHm.\n</think> No."));
  EXPECT_FALSE(accepts(*may, "Hm. </think>" + part));
  EXPECT_FALSE(accepts(*may, "<think>" + part));
  const auto must = Grammar::behind_preamble(*calls, "", "</think>");
  EXPECT_TRUE(accepts(*must, "Hm.\n</think>\n\n" + part));
  EXPECT_TRUE(accepts(*must, "</think>" + part));
  EXPECT_FALSE(accepts(*must, part));
  EXPECT_FALSE(accepts(*must, "a</think>b</think>" + part));
}

TEST(Tagged, RefusesWhatCannotBe) {
  const auto code = [](const TaggedOptions& tagged) {
    try {
      Grammar::tagged(kSchema, tagged);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  TaggedOptions tagged = call_tags();
  tagged.begin = " \n";
  EXPECT_EQ(code(tagged), ErrorCode::kInvalidArgument);
  tagged.begin = "<<";
  EXPECT_EQ(code(tagged), ErrorCode::kInvalidArgument);
  tagged.begin = "\xFF";
  EXPECT_EQ(code(tagged), ErrorCode::kInvalidArgument);
  tagged.begin = std::string(5000, 'x') + "y";
  EXPECT_EQ(code(tagged), ErrorCode::kInvalidArgument);
  tagged = call_tags();
  tagged.min_parts = 3;
  tagged.max_parts = 2;
  EXPECT_EQ(code(tagged), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace hearth
