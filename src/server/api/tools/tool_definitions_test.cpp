#include "server/api/tools/tool_definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hearth {
namespace {

json::object body_of(std::string_view text) { return parse_body(text); }

ToolPlan openai(std::string_view text) {
  const json::object body = body_of(text);
  return read_openai_tools(RequestFields(body));
}

/// The param of the 400 that `read` throws, or what went otherwise.
template <typename Read>
std::string refused(Read read, std::string_view text) {
  const json::object body = body_of(text);
  try {
    read(RequestFields(body));
  } catch (const HttpError& error) {
    EXPECT_EQ(error.details().status, 400);
    EXPECT_FALSE(error.message().empty());
    return error.details().param;
  }
  return "accepted";
}

constexpr std::string_view kWeather = R"({"type":"function","function":{"name":"get_weather","description":"Weather.",
  "parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":true}})";

TEST(ToolDefinitions, AreReadFromChatCompletions) {
  const ToolPlan plan =
      openai(R"({"tools":[)" + std::string(kWeather) + R"(,{"type":"function","function":{"name":"now"}}]})");
  ASSERT_EQ(plan.tools.size(), 2U);
  EXPECT_EQ(plan.tools[0].name, "get_weather");
  EXPECT_EQ(plan.tools[0].description, "Weather.");
  EXPECT_EQ(plan.tools[0].parameters_json, R"({"type":"object","properties":{"city":{"type":"string"}}})");
  EXPECT_EQ(plan.tools[0].param, "tools[0].function.parameters");
  EXPECT_TRUE(plan.tools[0].strict);
  EXPECT_EQ(plan.tools[1].parameters_json, "");
  EXPECT_FALSE(plan.tools[1].strict);
  EXPECT_EQ(plan.choice, ToolChoice::kAuto);
  EXPECT_TRUE(plan.parallel);
  EXPECT_TRUE(plan.calls_allowed());
  EXPECT_FALSE(openai("{}").calls_allowed());
  EXPECT_FALSE(openai(R"({"tools":[],"tool_choice":"auto"})").calls_allowed());
}

TEST(ToolDefinitions, AreReadFromResponses) {
  const ToolPlan plan = openai(R"({"tools":[{"type":"function","name":"a","parameters":{}},
    {"type":"function","name":"b"}],"tool_choice":{"type":"function","name":"b"},"parallel_tool_calls":false})");
  ASSERT_EQ(plan.tools.size(), 2U);
  EXPECT_EQ(plan.tools[0].param, "tools[0].parameters");
  EXPECT_EQ(plan.choice, ToolChoice::kNamed);
  EXPECT_EQ(plan.named, "b");
  EXPECT_FALSE(plan.parallel);
}

TEST(ToolDefinitions, KnowEveryChoice) {
  const auto with_choice = [](const std::string& choice) {
    return openai(R"({"tools":[)" + std::string(kWeather) +
                  R"(,{"type":"function","function":{"name":"now"}}],"tool_choice":)" + choice + "}");
  };
  EXPECT_EQ(with_choice("\"none\"").choice, ToolChoice::kNone);
  EXPECT_FALSE(with_choice("\"none\"").calls_allowed());
  EXPECT_EQ(with_choice("\"required\"").choice, ToolChoice::kRequired);
  EXPECT_EQ(with_choice("null").choice, ToolChoice::kAuto);
  const ToolPlan named = with_choice(R"({"type":"function","function":{"name":"now"}})");
  EXPECT_EQ(named.choice, ToolChoice::kNamed);
  EXPECT_EQ(named.named, "now");
  const ToolPlan allowed = with_choice(
      R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"now"}}]}})");
  EXPECT_EQ(allowed.choice, ToolChoice::kRequired);
  ASSERT_EQ(allowed.tools.size(), 1U);
  EXPECT_EQ(allowed.tools[0].name, "now");
}

TEST(ToolDefinitions, KnowFunctionsThatCameBeforeTools) {
  const ToolPlan plan = openai(R"({"functions":[{"name":"a","parameters":{"type":"object"}}]})");
  EXPECT_TRUE(plan.legacy);
  EXPECT_FALSE(plan.parallel);
  EXPECT_EQ(plan.choice, ToolChoice::kAuto);
  EXPECT_EQ(plan.tools[0].param, "functions[0].parameters");
  EXPECT_EQ(openai(R"({"functions":[{"name":"a"}],"function_call":"none"})").choice, ToolChoice::kNone);
  EXPECT_EQ(openai(R"({"functions":[{"name":"a"}],"function_call":{"name":"a"}})").named, "a");
}

TEST(ToolDefinitions, NameWhatIsWrong) {
  const auto wrong = [](std::string_view text) { return refused(read_openai_tools, text); };
  EXPECT_EQ(wrong(R"({"tools":{}})"), "tools");
  EXPECT_EQ(wrong(R"({"tools":[1]})"), "tools[0]");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"web_search"}]})"), "tools[0].type");
  EXPECT_EQ(wrong(R"({"tools":[{"function":{"name":"a"}}]})"), "tools[0].type");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function"}]})"), "tools[0].function");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","function":{}}]})"), "tools[0].function.name");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","function":{"name":"a b"}}]})"), "tools[0].function.name");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","function":{"name":""}}]})"), "tools[0].function.name");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","function":{"name":")" + std::string(65, 'a') + R"("}}]})"),
            "tools[0].function.name");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","function":{"name":"a","parameters":[]}}]})"),
            "tools[0].function.parameters");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","function":{"name":"a","strict":1}}]})"), "tools[0].function.strict");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","name":"a"},{"type":"function","name":"a"}]})"), "tools[1].name");
  EXPECT_EQ(wrong(R"({"tools":[],"tool_choice":"required"})"), "tool_choice");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","name":"a"}],"tool_choice":"maybe"})"), "tool_choice");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","name":"a"}],"tool_choice":7})"), "tool_choice");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","name":"a"}],"tool_choice":{"type":"function","name":"b"}})"),
            "tool_choice");
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","name":"a"}],"tool_choice":{"type":"x"}})"), "tool_choice.type");
  EXPECT_EQ(wrong(R"({"functions":[{"name":"a"}],"tools":[]})"), "functions");
  EXPECT_EQ(wrong(R"({"functions":[{"name":"a"}],"function_call":"required"})"), "function_call");
  std::string many = R"({"tools":[)";
  for (int i = 0; i < 129; ++i)
    many += (i == 0 ? "" : ",") + std::string(R"({"type":"function","name":"t)") + std::to_string(i) + "\"}";
  EXPECT_EQ(wrong(many + "]}"), "tools");
  const std::string large(600'000, 'x');
  EXPECT_EQ(wrong(R"({"tools":[{"type":"function","name":"a","parameters":{"title":")" + large +
                  R"("}},{"type":"function","name":"b","parameters":{"title":")" + large + R"("}}]})"),
            "tools[1].parameters");
}

TEST(ToolDefinitions, AreReadFromOllama) {
  const json::object body = body_of(R"({"tools":[{"function":{"name":"a","parameters":{"type":"object"}}}]})");
  const ToolPlan plan = read_ollama_tools(RequestFields(body));
  EXPECT_EQ(plan.tools[0].name, "a");
  EXPECT_EQ(plan.choice, ToolChoice::kAuto);
  EXPECT_EQ(refused(read_ollama_tools, R"({"tools":[{"type":"other","function":{"name":"a"}}]})"), "tools[0].type");
}

TEST(ToolDefinitions, FollowTheLimitsOfEachApi) {
  const auto named = [](const std::string& name) { return R"({"tools":[{"name":")" + name + R"("}]})"; };
  const json::object openai_long =
      body_of(R"({"tools":[{"type":"function","name":")" + std::string(64, 'a') + R"("}]})");
  EXPECT_EQ(read_openai_tools(RequestFields(openai_long)).tools.size(), 1U);
  const json::object anthropic_long = body_of(named(std::string(128, 'a')));
  EXPECT_EQ(read_anthropic_tools(RequestFields(anthropic_long)).tools.size(), 1U);
  EXPECT_EQ(refused(read_anthropic_tools, named(std::string(129, 'a'))), "tools[0].name");
  EXPECT_EQ(refused(read_anthropic_tools, named("a.b")), "tools[0].name");
  const json::object dotted = body_of(named("files.read"));
  EXPECT_EQ(read_ollama_tools(RequestFields(dotted)).tools[0].name, "files.read");
  EXPECT_EQ(refused(read_ollama_tools, named("a b")), "tools[0].name");
  std::string many = R"({"tools":[)";
  for (int i = 0; i < 300; ++i) many += (i == 0 ? "" : ",") + std::string(R"({"name":"t)") + std::to_string(i) + "\"}";
  const json::object three_hundred = body_of(many + "]}");
  EXPECT_EQ(read_anthropic_tools(RequestFields(three_hundred)).tools.size(), 300U);
}

TEST(ToolDefinitions, AreReadFromAnthropic) {
  const auto read = [](const std::string& choice) {
    const json::object body = body_of(
        R"({"tools":[{"name":"a","description":"A.","input_schema":{"type":"object"}},{"name":"b"}])" + choice + "}");
    return read_anthropic_tools(RequestFields(body));
  };
  const ToolPlan plan = read("");
  ASSERT_EQ(plan.tools.size(), 2U);
  EXPECT_EQ(plan.tools[0].parameters_json, R"({"type":"object"})");
  EXPECT_EQ(plan.tools[0].param, "tools[0].input_schema");
  EXPECT_EQ(plan.choice, ToolChoice::kAuto);
  EXPECT_EQ(read(R"(,"tool_choice":{"type":"any"})").choice, ToolChoice::kRequired);
  EXPECT_EQ(read(R"(,"tool_choice":{"type":"none"})").choice, ToolChoice::kNone);
  EXPECT_EQ(read(R"(,"tool_choice":{"type":"tool","name":"b"})").named, "b");
  EXPECT_FALSE(read(R"(,"tool_choice":{"type":"auto","disable_parallel_tool_use":true})").parallel);
  const auto wrong = [](std::string_view text) { return refused(read_anthropic_tools, text); };
  for (const char* type : {"web_search_20250305", "computer_20250124", "bash_2025", "bash_20250124x", "bash_"}) {
    EXPECT_EQ(wrong(R"({"tools":[{"name":"a","type":")" + std::string(type) + R"("}]})"), "tools[0].type") << type;
  }
  EXPECT_EQ(wrong(R"({"tools":[{"type":"bash_20250124"}]})"), "tools[0].name");
  EXPECT_EQ(wrong(R"({"tools":[{"name":"a"}],"tool_choice":{"type":"tool"}})"), "tool_choice.name");
  EXPECT_EQ(wrong(R"({"tools":[{"name":"a"}],"tool_choice":{"type":"tool","name":"b"}})"), "tool_choice.name");
  EXPECT_EQ(wrong(R"({"tools":[{"name":"a"}],"tool_choice":"any"})"), "tool_choice");
  EXPECT_EQ(wrong(R"({"tool_choice":{"type":"any"}})"), "tool_choice.type");
}

TEST(ToolDefinitions, KnowTheArgumentsOfAnthropicsClientTools) {
  const json::object body = body_of(R"({"tools":[{"type":"bash_20250124","name":"bash"},
    {"type":"text_editor_20250728","name":"str_replace_based_edit_tool","max_characters":100},
    {"type":"memory_20250818","name":"memory"},{"name":"own"}]})");
  const ToolPlan plan = read_anthropic_tools(RequestFields(body));
  ASSERT_EQ(plan.tools.size(), 4U);
  EXPECT_EQ(plan.tools[1].name, "str_replace_based_edit_tool");
  for (std::size_t i = 0; i < 3; ++i) {
    const json::value schema = parse_json(plan.tools[i].parameters_json, "the schema");
    EXPECT_TRUE(schema.at("properties").as_object().contains("command")) << plan.tools[i].name;
    EXPECT_FALSE(plan.tools[i].description.empty());
  }
}

// What the Go client writes for fields that were not set.
TEST(ToolDefinitions, OllamasMayHaveNullsForWhatIsLeftOut) {
  const std::string_view text = R"({"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object",
    "$defs":null,"items":null,"required":null,"properties":{"a":{"type":"string","enum":null,"anyOf":null},
    "b":{"anyOf":[{"type":"null","required":null},{"const":null,"default":null,"enum":[null]}]}}}}},
    {"type":"function","function":{"name":"g","parameters":{"type":"object","properties":null,"required":null}}}]})";
  const json::object body = body_of(text);
  const ToolPlan plan = read_ollama_tools(RequestFields(body));
  ASSERT_EQ(plan.tools.size(), 2U);
  EXPECT_EQ(plan.tools[0].parameters_json,
            R"({"type":"object","properties":{"a":{"type":"string"},)"
            R"("b":{"anyOf":[{"type":"null"},{"const":null,"default":null,"enum":[null]}]}}})");
  EXPECT_EQ(plan.tools[1].parameters_json, R"({"type":"object"})");
  EXPECT_THAT(openai(text).tools[1].parameters_json, ::testing::HasSubstr("null"));  // whose rules are stricter
}

TEST(ToolDefinitions, ArgumentsAreAnObject) {
  const auto with = [](const std::string& schema) {
    return R"({"tools":[{"type":"function","function":{"name":"f","parameters":)" + schema + "}}]}";
  };
  for (const char* schema : {R"({"type":"boolean"})", R"({"type":["string","null"]})", R"({"type":7})"}) {
    EXPECT_EQ(refused(read_openai_tools, with(schema)), "tools[0].function.parameters") << schema;
    EXPECT_EQ(refused(read_ollama_tools, with(schema)), "tools[0].function.parameters") << schema;
  }
  for (const char* schema : {R"({"type":["object","null"]})", "{}", "null"})
    EXPECT_EQ(refused(read_openai_tools, with(schema)), "accepted") << schema;
  EXPECT_EQ(refused(read_anthropic_tools, R"({"tools":[{"name":"f","input_schema":{"type":"array"}}]})"),
            "tools[0].input_schema");
}

TEST(ToolDefinitions, ErrorsSpeakTheLanguageOfTheirApi) {
  constexpr std::string_view kNothing = R"({"tools":[{"type":"function"}]})";
  EXPECT_EQ(refused(read_openai_tools, kNothing), "tools[0].function");
  EXPECT_EQ(refused(read_response_tools, kNothing), "tools[0].name");
}

}  // namespace
}  // namespace hearth
