// Tools brought to templates of many makers, and answers checked against the constraints that come out.
#include "server/api/tools/apply_tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "server/http/error_answer.h"
#include "support/fixtures.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHermes =
    "{% for t in tools or [] %}{{ t | tojson }}\n{% endfor %}{% for m in messages %}<{{ m.role }}>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}{{ '\n' }}<tool_call>\n"
    "{\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments | tojson }}}\n</tool_call>"
    "{% endfor %}{% endfor %}";
constexpr std::string_view kLlama =
    "{% for t in tools or [] %}{{ t | tojson }}\n{% endfor %}{% for m in messages %}<{{ m.role }}>{{ m.content }}"
    "{% if (m.tool_calls or []) | length > 1 %}{{ raise_exception('one') }}{% endif %}"
    "{% for c in m.tool_calls or [] %}"
    "{\"name\": \"{{ c.function.name }}\", \"parameters\": {{ c.function.arguments | tojson }}}{% endfor %}{% endfor "
    "%}";
constexpr std::string_view kMistral =
    "{% for t in tools or [] %}{{ t | tojson }}\n{% endfor %}{% for m in messages %}<{{ m.role }}>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}{% if c.id | length != 9 %}{{ raise_exception('nine') }}{% endif %}[TOOL_CALLS]["
    "{\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments | tojson }}, \"id\": \"{{ c.id }}\"}]"
    "{% endfor %}{{ m.tool_call_id }}{% endfor %}";
constexpr std::string_view kPlain = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}";
constexpr std::string_view kWithoutSystem =
    "{% for m in messages %}{% if m.role not in ['user', 'assistant'] or (m.role == 'user') != (loop.index0 % 2 == 0) "
    "%}"
    "{{ raise_exception('turns') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}";

ToolDefinition tool(std::string name, std::string parameters, bool strict = false) {
  ToolDefinition made;
  made.name = std::move(name);
  made.description = "About " + made.name + ".";
  made.parameters_json = std::move(parameters);
  made.strict = strict;
  made.param = "tools[0].function.parameters";
  return made;
}

ToolPlan plan_of(ToolChoice choice) {
  ToolPlan plan;
  plan.tools = {
      tool("get_weather", R"({"type":"object","properties":{"city":{"type":"string"},"days":{"$ref":"#/$defs/n"}},
                       "required":["city"],"$defs":{"n":{"type":"integer","maximum":9}}})"),
      tool("get_time", R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":
                       {"zone":{"enum":["UTC","CET"]}},"required":["zone"]}}})"),
      tool("stop", "")};
  plan.choice = choice;
  return plan;
}

GenerateRequest question() {
  GenerateRequest request;
  request.messages = {{"user", "How is it in Paris?"}};
  return request;
}

/// As the runtime does it.
std::string rendered(std::string_view source, const GenerateRequest& request) {
  TemplateInputs inputs;
  for (const ChatMessage& message : request.messages) {
    json::object object{{"role", message.role}, {"content", message.content}};
    if (!message.tool_calls_json.empty()) object["tool_calls"] = parse_json(message.tool_calls_json, "tool_calls");
    if (!message.name.empty()) object["name"] = message.name;
    if (!message.tool_call_id.empty()) object["tool_call_id"] = message.tool_call_id;
    inputs.messages.emplace_back(std::move(object));
  }
  if (!request.chat.tools_json.empty()) inputs.tools = parse_json(request.chat.tools_json, "tools");
  return ChatTemplate::parse(source, "a template").render(inputs).text;
}

bool fits(const Constraint& constraint, std::string_view answer) {
  return CompiledGrammar::compile(constraint).check(answer).accepted;
}

std::string hermes(const std::string& name, const std::string& arguments) {
  return "<tool_call>\n{\"name\": \"" + name + "\", \"arguments\": " + arguments + "}\n</tool_call>";
}

TEST(ApplyTools, LeavesOtherConversationsAlone) {
  GenerateRequest request = question();
  request.constraint.kind = ConstraintKind::kJson;
  ToolPlan plan = plan_of(ToolChoice::kNone);
  const AppliedTools applied = apply_tools(plan, kHermes, request);
  EXPECT_EQ(applied.format.style, ToolStyle::kNone);
  EXPECT_EQ(request.messages.size(), 1U);
  EXPECT_EQ(request.messages[0].content, "How is it in Paris?");
  EXPECT_EQ(request.chat.tools_json, "");
  EXPECT_EQ(request.constraint.kind, ConstraintKind::kJson);
}

TEST(ApplyTools, LetsTheModelDecide) {
  GenerateRequest request = question();
  const AppliedTools applied = apply_tools(plan_of(ToolChoice::kAuto), kHermes, request);
  EXPECT_EQ(applied.format.style, ToolStyle::kHermes);
  EXPECT_EQ(applied.format.tools, (std::vector<std::string>{"get_weather", "get_time", "stop"}));
  EXPECT_TRUE(applied.dropped.empty());
  EXPECT_THAT(rendered(kHermes, request), HasSubstr("\"get_weather\""));
  const Constraint& constraint = request.constraint;
  EXPECT_TRUE(fits(constraint, "I do not know."));
  EXPECT_TRUE(fits(constraint, "Well.\n" + hermes("get_weather", R"({"city": "Paris", "days": 9})")));
  EXPECT_TRUE(fits(constraint, hermes("get_time", R"({"zone":"CET"})") + "\n" + hermes("stop", "{}")));
  EXPECT_FALSE(fits(constraint, hermes("get_weather", R"({"city": "Paris", "days": 10})")));
  EXPECT_FALSE(fits(constraint, hermes("get_weather", R"({"city": "Paris", "more": 1})")));
  EXPECT_FALSE(fits(constraint, hermes("get_weather", "{}")));
  EXPECT_FALSE(fits(constraint, hermes("get_time", R"({"zone":"PST"})")));
  EXPECT_FALSE(fits(constraint, hermes("stop", R"({"now": true})")));
  EXPECT_FALSE(fits(constraint, hermes("other", "{}")));

  GenerateRequest llama = question();
  EXPECT_EQ(apply_tools(plan_of(ToolChoice::kAuto), kLlama, llama).format.style, ToolStyle::kLlama);
  EXPECT_EQ(llama.constraint.kind, ConstraintKind::kNone);
}

TEST(ApplyTools, DemandsACall) {
  GenerateRequest request = question();
  request.constraint.kind = ConstraintKind::kJson;
  apply_tools(plan_of(ToolChoice::kRequired), kHermes, request);
  EXPECT_FALSE(fits(request.constraint, ""));
  EXPECT_FALSE(fits(request.constraint, "No."));
  EXPECT_FALSE(fits(request.constraint, "{}"));
  EXPECT_TRUE(fits(request.constraint, hermes("stop", "{}")));
  EXPECT_TRUE(fits(request.constraint, hermes("stop", "{}") + "\n" + hermes("stop", "{}")));

  ToolPlan plan = plan_of(ToolChoice::kNamed);
  plan.named = "get_time";
  plan.parallel = false;
  request = question();
  const AppliedTools named = apply_tools(plan, kHermes, request);
  EXPECT_EQ(named.format.max_calls, 1U);
  EXPECT_EQ(named.format.tools, std::vector<std::string>{"get_time"});
  const std::string call = hermes("get_time", R"({"zone": "UTC"})");
  EXPECT_TRUE(fits(request.constraint, call));
  EXPECT_FALSE(fits(request.constraint, call + "\n" + call));
  EXPECT_FALSE(fits(request.constraint, hermes("stop", "{}")));
  EXPECT_THAT(rendered(kHermes, request), HasSubstr("\"get_weather\""));

  request = question();
  apply_tools(plan_of(ToolChoice::kRequired), kLlama, request);
  EXPECT_TRUE(fits(request.constraint, R"({"name": "get_weather", "parameters": {"city": "Paris"}})"));
  EXPECT_FALSE(fits(request.constraint, R"({"name": "get_weather", "arguments": {"city": "Paris"}})"));

  request = question();
  apply_tools(plan, kMistral, request);
  EXPECT_TRUE(fits(request.constraint, R"([{"name": "get_time", "arguments": {"zone": "UTC"}}])"));
  EXPECT_FALSE(fits(request.constraint, "[]"));
}

TEST(ApplyTools, AllowsACallInsteadOfAFormattedAnswer) {
  Constraint person;
  person.kind = ConstraintKind::kJsonSchema;
  person.text = R"({"$ref":"#/$defs/p","$defs":{"p":{"type":"object","properties":{"name":{"type":"string"}},
    "required":["name"],"additionalProperties":false}}})";
  for (const std::string_view source : {kHermes, kLlama, kMistral}) {
    GenerateRequest request = question();
    request.constraint = person;
    apply_tools(plan_of(ToolChoice::kAuto), source, request);
    EXPECT_TRUE(fits(request.constraint, R"({"name": "Ann"})"));
    EXPECT_FALSE(fits(request.constraint, R"({"age": 3})"));
    EXPECT_FALSE(fits(request.constraint, "Ann"));
    EXPECT_EQ(fits(request.constraint, hermes("stop", "{}")), source == kHermes);
    EXPECT_EQ(fits(request.constraint, R"({"name": "stop", "parameters": {}})"), source == kLlama);
    EXPECT_EQ(fits(request.constraint, R"([{"name": "stop", "arguments": {}}])"), source == kMistral);
  }
}

TEST(ApplyTools, TellsModelsWithoutToolsOfThem) {
  GenerateRequest request = question();
  request.messages.insert(request.messages.begin(), {"system", "Be short."});
  apply_tools(plan_of(ToolChoice::kAuto), kPlain, request);
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_THAT(request.messages[0].content, HasSubstr("Be short.\n\nTools, one a line:"));
  EXPECT_THAT(request.messages[0].content, HasSubstr("\"get_weather\""));
  EXPECT_EQ(request.chat.tools_json, "");

  request = question();
  apply_tools(plan_of(ToolChoice::kRequired), kPlain, request);
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(request.messages[0].role, "system");
  EXPECT_TRUE(fits(request.constraint, hermes("stop", "{}")));

  request = question();
  apply_tools(plan_of(ToolChoice::kAuto), kWithoutSystem, request);
  ASSERT_EQ(request.messages.size(), 1U);
  EXPECT_THAT(request.messages[0].content, HasSubstr("How is it in Paris?"));
  EXPECT_THAT(rendered(kWithoutSystem, request), HasSubstr("Tools, one a line:"));
}

/// A conversation as OpenAI's clients send it, with two calls at once.
GenerateRequest with_history() {
  GenerateRequest request = question();
  ChatMessage calls{"assistant", ""};
  calls.tool_calls_json =
      R"([{"id":"call_1aaaaaaaaaaaaaaaaaaaaaaa","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Paris\"}"}},
          {"id":"call_2bbbbbbbbbbbbbbbbbbbbbbb","type":"function","function":{"name":"get_time","arguments":"{\"zone\":\"CET\"}"}}])";
  ChatMessage sunny{"tool", "sunny22"}, noon{"tool", "noon12"};
  sunny.tool_call_id = "call_1aaaaaaaaaaaaaaaaaaaaaaa";
  noon.tool_call_id = "call_2bbbbbbbbbbbbbbbbbbbbbbb";
  request.messages.insert(request.messages.end(), {calls, sunny, noon});
  return request;
}

TEST(ApplyTools, ShowsEarlierCallsAsTemplatesTakeThem) {
  GenerateRequest request = with_history();
  apply_tools(plan_of(ToolChoice::kAuto), kHermes, request);
  EXPECT_THAT(rendered(kHermes, request),
              HasSubstr("<assistant>\n" + hermes("get_weather", R"({"city": "Paris"})") + "\n" +
                        hermes("get_time", R"({"zone": "CET"})") + "<tool>sunny22<tool>noon12"));
  EXPECT_EQ(request.messages[2].name, "get_weather");

  // One call a message, each followed by its result.
  request = with_history();
  apply_tools({}, kLlama, request);
  EXPECT_THAT(rendered(kLlama, request),
              HasSubstr(R"(<assistant>{"name": "get_weather", "parameters": {"city": "Paris"}}<tool>sunny22)"
                        R"(<assistant>{"name": "get_time", "parameters": {"zone": "CET"}}<tool>noon12)"));

  request = with_history();
  apply_tools({}, kMistral, request);
  const std::string prompt = rendered(kMistral, request);
  const std::string id = request.messages[2].tool_call_id;
  EXPECT_EQ(id.size(), 9U);
  EXPECT_NE(id, request.messages[3].tool_call_id);
  EXPECT_THAT(prompt, HasSubstr("\"id\": \"" + id + "\""));
  EXPECT_THAT(prompt, HasSubstr("<tool>sunny22" + id));

  request = with_history();
  request.messages.push_back({"user", "Thanks."});
  apply_tools({}, kWithoutSystem, request);
  EXPECT_EQ(rendered(kWithoutSystem, request),
            "<user>How is it in Paris?<assistant>" + hermes("get_weather", R"({"city":"Paris"})") + "\n" +
                hermes("get_time", R"({"zone":"CET"})") +
                "<user><tool_response>\nsunny22\n</tool_response>\n<tool_response>\nnoon12\n</tool_response>\nThanks.");
}

TEST(ApplyTools, BringsToolsToEveryVendorsTemplate) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  int templates = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures / "chat_templates")) {
    if (entry.path().extension() != ".jinja") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const std::string source = read_file(entry.path());
    try {
      GenerateRequest plain = question();
      plain.messages.push_back({"assistant", "Sunny."});
      plain.messages.push_back({"user", "Thanks."});
      rendered(source, plain);
    } catch (const Error&) {
      continue;  // it wants variables of its makers' own programs, or is broken
    }
    GenerateRequest request = with_history();
    const AppliedTools applied = apply_tools(plan_of(ToolChoice::kAuto), source, request);
    EXPECT_NE(applied.format.style, ToolStyle::kNone);
    std::string prompt;
    ASSERT_NO_THROW(prompt = rendered(source, request));
    for (const char* part :
         {"get_weather", "About get_time", "stop", "How is it in Paris?", "\"Paris\"", "\"CET\"", "sunny22", "noon12"})
      EXPECT_THAT(prompt, HasSubstr(part));
    EXPECT_THAT(prompt, Not(HasSubstr("\\\"Paris")));
    ++templates;
  }
  EXPECT_GE(templates, 24);
}

TEST(ApplyTools, ClosesTheObjectsInArgumentsToo) {
  ToolPlan plan;
  plan.choice = ToolChoice::kRequired;
  plan.tools = {tool("send", R"({"type":"object","properties":{"to":{"type":"object",
    "properties":{"name":{"type":"string"}}},"more":{"type":"object"}}})")};
  GenerateRequest request = question();
  apply_tools(plan, kHermes, request);
  EXPECT_TRUE(fits(request.constraint, hermes("send", R"({"to": {"name": "Ann"}, "more": {"a": 1}})")));
  EXPECT_FALSE(fits(request.constraint, hermes("send", R"({"to": {"age": 3}})")));
  EXPECT_FALSE(fits(request.constraint, hermes("send", R"({"age": 3})")));
}

TEST(ApplyTools, RefusesOrEasesWhatCannotBeEnforced) {
  const std::string odd = R"({"type":"object","properties":{"tags":{"type":"array","uniqueItems":true,
    "items":{"type":"object"}},"n":{"type":"integer"}},"required":["tags"],"additionalProperties":false})";
  ToolPlan plan;
  plan.choice = ToolChoice::kRequired;
  plan.tools = {tool("odd", odd), tool("stop", "")};
  GenerateRequest request = question();
  const AppliedTools applied = apply_tools(plan, kHermes, request);
  ASSERT_EQ(applied.dropped.size(), 1U);
  EXPECT_THAT(applied.dropped[0], HasSubstr("'odd'"));
  EXPECT_TRUE(fits(request.constraint, hermes("odd", R"({"tags": [{}], "n": 1})")));
  EXPECT_FALSE(fits(request.constraint, hermes("odd", R"({"tags": [{}], "n": "one"})")));

  plan.tools = {tool("odd", odd, /*strict=*/true)};
  plan.choice = ToolChoice::kAuto;
  request = question();
  request.constraint.kind = ConstraintKind::kJsonSchema;
  request.constraint.text = odd;
  request.constraint.lenient = true;
  EXPECT_THROW(apply_tools(plan, kHermes, request), HttpError) << "only the answer's own schema is lenient";
  plan.choice = ToolChoice::kRequired;
  request = question();
  try {
    apply_tools(plan, kHermes, request);
    FAIL() << "it is strict";
  } catch (const HttpError& error) {
    EXPECT_EQ(error.details().status, 400);
    EXPECT_EQ(error.details().param, "tools[0].function.parameters");
    for (const char* part : {"'odd'", "uniqueItems", "#/properties/tags"})
      EXPECT_THAT(error.message(), HasSubstr(part));
  }

  for (const char* wrong : {R"({"type":"thing"})", R"({"type":"object","properties":{"a":false},"required":["a"]})"}) {
    plan.tools = {tool("wrong", wrong)};
    request = question();
    EXPECT_THROW(apply_tools(plan, kHermes, request), HttpError) << wrong;
  }
  // What cannot be eased is any object.
  plan.tools = {tool("far", R"({"$ref":"https://example.com/schema"})")};
  request = question();
  try {
    apply_tools(plan, kHermes, request);
    EXPECT_TRUE(fits(request.constraint, hermes("far", R"({"x": 1})")));
  } catch (const HttpError& error) {
    EXPECT_EQ(error.details().status, 400);
  }
}

TEST(ApplyTools, RefusesCallsThatAreNone) {
  for (const char* calls : {"{}", "[1]", R"([{"id":"a"}])", R"([{"function":{"name":1}}])",
                            R"([{"function":{"name":"a","arguments":[]}}])"}) {
    GenerateRequest request = question();
    request.messages.push_back({"assistant", ""});
    request.messages.back().tool_calls_json = calls;
    try {
      apply_tools({}, kHermes, request);
      ADD_FAILURE() << calls;
    } catch (const HttpError& error) {
      EXPECT_EQ(error.details().status, 400);
      EXPECT_THAT(error.details().param, HasSubstr("messages[1].tool_calls"));
    }
  }
}

TEST(ApplyTools, LetsModelsReasonFirst) {
  const std::string source = std::string(kHermes) + "<think>";
  GenerateRequest request = question();
  AppliedTools applied = apply_tools(plan_of(ToolChoice::kRequired), source, request);
  apply_reasoning(source, "<user>Hi<assistant><think>\n", request, applied.format);
  EXPECT_TRUE(applied.format.reasoning);
  EXPECT_TRUE(applied.format.begins_in_reasoning);
  EXPECT_TRUE(fits(request.constraint, "Hm.\n</think>\n\n" + hermes("stop", "{}")));
  EXPECT_FALSE(fits(request.constraint, hermes("stop", "{}")));

  apply_reasoning(source, "<user>Hi<assistant>", request, applied.format);
  EXPECT_FALSE(applied.format.begins_in_reasoning);
  EXPECT_TRUE(fits(request.constraint, "<think>Hm.</think>" + hermes("stop", "{}")));
  EXPECT_TRUE(fits(request.constraint, hermes("stop", "{}")));

  AnswerFormat untouched;
  request = question();
  apply_reasoning(kPlain, "<think>", request, untouched);
  EXPECT_FALSE(untouched.reasoning);
  EXPECT_TRUE(request.constraint.preamble.close.empty());
}

TEST(ApplyTools, ArgumentsAreAnObjectWhateverElseTheSchemaAllows) {
  for (const char* parameters : {R"({"type":["object","null"]})", R"({"anyOf":[{"type":"object"},{"type":"integer"}]})",
                                 R"({"$ref":"#/$defs/n","$defs":{"n":{"type":["object","integer","null"]}}})"}) {
    ToolPlan plan;
    plan.tools = {tool("get", parameters)};
    plan.choice = ToolChoice::kRequired;
    GenerateRequest request = question();
    apply_tools(plan, kHermes, request);
    EXPECT_TRUE(fits(request.constraint, hermes("get", "{}"))) << parameters;
    for (const char* other : {"null", "3"}) EXPECT_FALSE(fits(request.constraint, hermes("get", other))) << parameters;
  }
}

}  // namespace
}  // namespace hearth
