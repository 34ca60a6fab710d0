#include "server/api/ollama/ollama_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/http/error_answer.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

std::vector<ChatMessage> read(const std::string& body) {
  const json::object object = parse_body(body);
  return read_ollama_messages(RequestFields(object), 10);
}

std::string problem(const std::string& body) {
  try {
    read(body);
  } catch (const HttpError& error) {
    EXPECT_EQ(error.details().status, 400);
    return error.details().param + ": " + error.message();
  }
  return "";
}

TEST(OllamaMessages, ReadsAConversation) {
  const auto messages = read(R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"u","images":[]},
      {"role":"assistant","content":"a","thinking":"t"}]})");
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].role, "system");
  EXPECT_EQ(messages[1].content, "u");
  EXPECT_EQ(messages[2].content, "a");
  EXPECT_EQ(messages[2].reasoning, "t");
  EXPECT_TRUE(read("{}").empty());
  EXPECT_TRUE(read(R"({"messages":[]})").empty());
}

// The form of Ollama's documentation ("Chat request (with history, with tools)").
TEST(OllamaMessages, TurnsCallsIntoThoseOfTemplates) {
  const auto messages = read(R"({"messages":[{"role":"user","content":"?"},
      {"role":"assistant","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Tokyo"}}},
                                        {"function":{"name":"get_time"}}]},
      {"role":"tool","tool_name":"get_time","content":"noon"},
      {"role":"tool","tool_name":"get_weather","content":"11 degrees celsius"}]})");
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(
      messages[1].tool_calls_json,
      R"([{"id":"call_0","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Tokyo\"}"}},)"
      R"({"id":"call_1","type":"function","function":{"name":"get_time","arguments":"{}"}}])");
  EXPECT_EQ(messages[2].name, "get_time");
  EXPECT_EQ(messages[2].tool_call_id, "call_1");
  EXPECT_EQ(messages[3].tool_call_id, "call_0");
}

TEST(OllamaMessages, MatchesResultsWithoutNamesInOrder) {
  const auto messages = read(R"({"messages":[
      {"role":"assistant","content":"","tool_calls":[{"id":"x","function":{"name":"f","arguments":{}}},
                                                     {"function":{"name":"g","arguments":{}}}]},
      {"role":"tool","content":"1"},{"role":"tool","content":"2"},{"role":"tool","content":"3"}]})");
  EXPECT_EQ(messages[1].tool_call_id, "x");
  EXPECT_EQ(messages[1].name, "f");
  EXPECT_EQ(messages[2].tool_call_id, "call_1");
  EXPECT_EQ(messages[3].tool_call_id, "");
}

TEST(OllamaMessages, RefusesWhatIsWrong) {
  EXPECT_THAT(problem(R"({"messages":"hi"})"), HasSubstr("messages: "));
  EXPECT_THAT(problem(R"({"messages":["hi"]})"), HasSubstr("messages[0]: "));
  EXPECT_THAT(problem(R"({"messages":[{"content":"x"}]})"), HasSubstr("messages[0].role: "));
  EXPECT_THAT(problem(R"({"messages":[{"role":"robot","content":"x"}]})"), HasSubstr("messages[0].role: "));
  EXPECT_THAT(problem(R"({"messages":[{"role":"user","content":5}]})"), HasSubstr("messages[0].content: "));
  EXPECT_THAT(problem(R"({"messages":[{"role":"user","content":"x","images":["aGk="]}]})"),
              HasSubstr("messages[0].images: images are not understood"));
  EXPECT_THAT(problem(R"({"messages":[{"role":"assistant","tool_calls":[{}]}]})"),
              HasSubstr("messages[0].tool_calls[0].function: "));
  EXPECT_THAT(problem(R"({"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":[]}}]}]})"),
              HasSubstr("messages[0].tool_calls[0].function.arguments: "));
  EXPECT_THAT(problem(R"({"messages":[{},{},{},{},{},{},{},{},{},{},{}]})"), HasSubstr("at most 10"));
}

}  // namespace
}  // namespace hearth
