#include "cli/chat_file.h"

#include <gtest/gtest.h>

#include "hearth/error.h"

namespace hearth::cli {
namespace {

SavedChat parse(std::string_view text) { return parse_chat(parse_json(text, "c.json"), "c.json", GenerationParams()); }

std::string refusal(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    return error.message();
  }
  return "accepted";
}

TEST(ChatFile, ReadsMessagesAndParameters) {
  const SavedChat chat = parse(
      R"({"format": "hearth chat 1", "model": "m", "parameters": {"top_k": 3, "seed": 18446744073709551615,
      "mirostat": true, "stop": ["a", "b"], "temperature": 0.5, "logit_bias": ["5-inf"], "max_tokens": -1},
      "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hé"}]})");
  EXPECT_EQ(chat.model, "m");
  ASSERT_EQ(chat.messages.size(), 2U);
  EXPECT_EQ(chat.messages[1].content, "hé");
  EXPECT_EQ(chat.params.top_k, 3);
  EXPECT_EQ(chat.params.seed, 18446744073709551615U);
  EXPECT_TRUE(chat.params.mirostat);
  EXPECT_EQ(chat.params.temperature, 0.5F);
  EXPECT_EQ(chat.params.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(chat.params.logit_bias.size(), 1U);
}

TEST(ChatFile, NamesWhatIsWrong) {
  EXPECT_EQ(refusal("[]").rfind("c.json: expected a JSON object", 0), 0U);
  EXPECT_EQ(refusal("{}"), "c.json: format is not 'hearth chat 1': this is no conversation that /save wrote");
  EXPECT_EQ(refusal(R"({"format": "hearth chat 1"})"), "c.json: messages is missing");
  EXPECT_EQ(refusal(R"({"format": "hearth chat 1", "messages": [{"role": "user"}]})"),
            "c.json: messages[0]: content is missing");
  EXPECT_EQ(refusal(R"({"format": "hearth chat 1", "messages": [{"role": "root", "content": ""}]})"),
            "c.json: messages[0]: role is 'root'; it must be system, user, assistant or tool");
  EXPECT_EQ(refusal(R"({"format": "hearth chat 1", "messages": [], "parameters": {"top_x": 1}})"),
            "c.json: parameters: top_x is no parameter");
  EXPECT_EQ(
      refusal(R"({"format": "hearth chat 1", "messages": [], "parameters": {"top_k": "many"}})"),
      "c.json: parameters: top_k is 'many'; it must be a whole number of at least -2147483648 and at most 2147483647");
  EXPECT_EQ(refusal(R"({"format": "hearth chat 1", "messages": [], "parameters": {"stop": "x"}})"),
            "c.json: parameters: stop must be an array");
  EXPECT_EQ(refusal(R"({"format": "hearth chat 1", "messages": [], "parameters": {"top_p": 7}})"),
            "c.json: top_p is 7; it must be in (0, 1]");
}

}  // namespace
}  // namespace hearth::cli
