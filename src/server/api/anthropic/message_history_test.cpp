#include "server/api/anthropic/message_history.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

constexpr std::size_t kMost = 16;

MessageHistory read(const std::string& body) {
  const json::object object = parse_body(body);
  return read_message_history(RequestFields(object), kMost);
}

/// The field that is refused and what is said of it.
std::pair<std::string, std::string> refusal(const std::string& body) {
  try {
    read(body);
  } catch (const HttpError& error) {
    return {error.details().param, error.message()};
  }
  return {"", "not refused"};
}

TEST(MessageHistory, TakesSystemAndContentAsTextOrAsBlocks) {
  const MessageHistory text = read(R"({"system":"Be brief.","messages":[{"role":"user","content":"Hi"}]})");
  const MessageHistory blocks = read(
      R"({"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
          "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]})");
  for (const MessageHistory& history : {text, blocks}) {
    ASSERT_EQ(history.messages.size(), 2U);
    EXPECT_EQ(history.messages[0].role, "system");
    EXPECT_EQ(history.messages[0].content, "Be brief.");
    EXPECT_EQ(history.messages[1].role, "user");
    EXPECT_EQ(history.messages[1].content, "Hi");
    EXPECT_EQ(history.prefill, "");
  }
}

TEST(MessageHistory, MakesOneTurnOfMessagesOfOneRole) {
  const MessageHistory history = read(R"({"messages":[{"role":"user","content":"one"},{"role":"user","content":"two"},
    {"role":"assistant","content":"three"},{"role":"user","content":"four"}]})");
  ASSERT_EQ(history.messages.size(), 3U);
  EXPECT_EQ(history.messages[0].content, "one\ntwo");
}

TEST(MessageHistory, BringsCallsResultsAndThinkingToTheFormOfTemplates) {
  const MessageHistory history = read(R"({"messages":[
    {"role":"user","content":"Weather?"},
    {"role":"assistant","content":[
      {"type":"thinking","thinking":"Look it up.","signature":"x"},
      {"type":"redacted_thinking","data":"xyz"},
      {"type":"text","text":"I look."},
      {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Ulm"}},
      {"type":"tool_use","id":"toolu_2","name":"time","input":{}}]},
    {"role":"user","content":[
      {"type":"tool_result","tool_use_id":"toolu_1","content":"rain"},
      {"type":"tool_result","tool_use_id":"toolu_2","is_error":true,"content":[{"type":"text","text":"no clock"}]},
      {"type":"text","text":"Well?"}]}]})");
  ASSERT_EQ(history.messages.size(), 5U);
  const ChatMessage& assistant = history.messages[1];
  EXPECT_EQ(assistant.reasoning, "Look it up.");
  EXPECT_EQ(assistant.content, "I look.");
  const json::value calls = parse_json(assistant.tool_calls_json, "calls");
  const json::value wanted = parse_json(R"([
    {"id":"toolu_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}},
    {"id":"toolu_2","type":"function","function":{"name":"time","arguments":"{}"}}])",
                                        "wanted");
  EXPECT_EQ(calls, wanted);
  EXPECT_EQ(history.messages[2].role, "tool");
  EXPECT_EQ(history.messages[2].tool_call_id, "toolu_1");
  EXPECT_EQ(history.messages[2].name, "weather");
  EXPECT_EQ(history.messages[2].content, "rain");
  EXPECT_EQ(history.messages[3].content, "Error: no clock");
  EXPECT_EQ(history.messages[4].role, "user");
  EXPECT_EQ(history.messages[4].content, "Well?");
}

TEST(MessageHistory, TextOfTheAssistantAtTheEndIsWhatTheAnswerGoesOnWith) {
  const MessageHistory history =
      read(R"({"messages":[{"role":"user","content":"Sun?"},{"role":"assistant","content":"It is ("}]})");
  ASSERT_EQ(history.messages.size(), 1U);
  EXPECT_EQ(history.prefill, "It is (");
}

TEST(MessageHistory, NamesTheBlockThatItDoesNotUnderstand) {
  const auto image =
      refusal(R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image","source":{}}]}]})");
  EXPECT_EQ(image.first, "messages[0].content[1].type");
  EXPECT_NE(image.second.find("images and documents"), std::string::npos);
  EXPECT_EQ(refusal(R"({"messages":[{"role":"user","content":[{"type":"document"}]}]})").first,
            "messages[0].content[0].type");
  EXPECT_EQ(
      refusal(R"({"messages":[{"role":"user","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]}]})").first,
      "messages[0].content[0].type");
  EXPECT_EQ(refusal(R"({"system":[{"type":"image"}],"messages":[{"role":"user","content":"x"}]})").first,
            "system[0].type");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]},
     {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image"}]}]}]})")
                .first,
            "messages[1].content[0].content[0].type");
}

TEST(MessageHistory, RefusesWhatIsMissingOrDoesNotFit) {
  EXPECT_EQ(refusal("{}").first, "messages");
  EXPECT_EQ(refusal(R"({"messages":[]})").first, "messages");
  EXPECT_EQ(refusal(R"({"messages":["x"]})").first, "messages[0]");
  EXPECT_EQ(refusal(R"({"messages":[{"content":"x"}]})").first, "messages[0].role");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"tool","content":"x"}]})").first, "messages[0].role");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"user"}]})").first, "messages[0].content");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"user","content":7}]})").first, "messages[0].content");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"q"}]}]})").first,
            "messages[0].content[0].tool_use_id");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"assistant","content":"only this"}]})").first, "messages");
  EXPECT_EQ(refusal(R"({"messages":[{"role":"user","content":"x"},
    {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]}]})")
                .first,
            "messages");
  std::string many = R"({"messages":[)";
  for (std::size_t i = 0; i <= kMost; ++i) many += std::string(i == 0 ? "" : ",") + R"({"role":"user","content":"x"})";
  EXPECT_EQ(refusal(many + "]}").first, "messages");
}

}  // namespace
}  // namespace hearth
