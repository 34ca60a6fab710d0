// What the translated templates write is compared with what Go's text/template writes for them, by the rules of its
// documentation and of Ollama's for conversations.
#include "server/api/ollama/go_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "hearth/error.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

json::object message(const char* role, const char* content) { return {{"role", role}, {"content", content}}; }

RenderedPrompt render_all(const std::string& source, json::array messages, json::value tools = nullptr,
                          json::object extra = {}) {
  TemplateInputs inputs;
  inputs.messages = std::move(messages);
  inputs.tools = std::move(tools);
  inputs.extra = std::move(extra);
  return ChatTemplate::parse(jinja_of_go_template(source), "translated").render(inputs);
}

std::string render(const std::string& source, json::array messages, json::value tools = nullptr,
                   json::object extra = {}) {
  return render_all(source, std::move(messages), std::move(tools), std::move(extra)).text;
}

std::string problem(const std::string& source) {
  try {
    jinja_of_go_template(source);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "";
}

const json::array kHello = {message("user", "Hello")};
const json::array kTalk = {message("system", "Be kind."), message("user", "Hi"), message("assistant", "Yes?"),
                           message("user", "Go on")};

constexpr const char* kChatMl =
    "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}"
    "{{ if .Prompt }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n{{ end }}"
    "<|im_start|>assistant\n{{ .Response }}<|im_end|>\n";

TEST(GoTemplate, WritesATurn) {
  EXPECT_EQ(render("{{ .Prompt }}", kHello), "Hello");
  EXPECT_EQ(render("[INST] {{ .System }} {{ .Prompt }} [/INST]", {message("system", "S"), message("user", "P")}),
            "[INST] S P [/INST]");
}

TEST(GoTemplate, EndsTheLastTurnAtItsResponse) {
  EXPECT_EQ(render(kChatMl, kHello), "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");
}

TEST(GoTemplate, WritesEachTurnWholeButTheLast) {
  EXPECT_EQ(render(kChatMl, kTalk),
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
            "<|im_start|>assistant\nYes?<|im_end|>\n<|im_start|>user\nGo on<|im_end|>\n<|im_start|>assistant\n");
}

TEST(GoTemplate, GoesOnWithAnAnswerThatHasBegun) {
  EXPECT_EQ(render(kChatMl, {message("user", "Count"), message("assistant", "One, ")}),
            "<|im_start|>user\nCount<|im_end|>\n<|im_start|>assistant\nOne, ");
}

TEST(GoTemplate, PutsTheResponseBehindATemplateWithoutOne) {
  EXPECT_EQ(render("<{{ .Prompt }}>", kTalk), "<Hi>Yes?<Go on>");
}

TEST(GoTemplate, JoinsMessagesOfOneRole) {
  EXPECT_EQ(render("{{ .System }}|{{ .Prompt }}|",
                   {message("system", "a"), message("system", "b"), message("user", "c"), message("user", "d")}),
            "a\n\nb|c\n\nd|");
}

TEST(GoTemplate, GivesALaterSystemMessageATurnOfItsOwn) {
  EXPECT_EQ(render("({{ .System }}/{{ .Prompt }}/{{ .Response }})",
                   {message("user", "a"), message("assistant", "b"), message("system", "c"), message("user", "d")}),
            "(/a/b)(c/d/");
}

TEST(GoTemplate, CutsInsideOfBlocksToo) {
  EXPECT_EQ(render("{{ if .Prompt }}{{ .Prompt }}>{{ .Response }}<{{ else }}none{{ end }}!", kTalk), "Hi>Yes?<!Go on>");
}

TEST(GoTemplate, RangesOverMessages) {
  EXPECT_EQ(render("{{ range .Messages }}<{{ .Role }}>{{ .Content }}</{{ .Role }}>\n{{ end }}<assistant>", kTalk),
            "<system>Be kind.</system>\n<user>Hi</user>\n<assistant>Yes?</assistant>\n<user>Go on</user>\n<assistant>");
}

// The way in which Ollama's own templates find the last message.
TEST(GoTemplate, KnowsIndexAndRestOfARange) {
  const std::string source =
      "{{- range $i, $_ := .Messages }}\n"
      "{{- $last := eq (len (slice $.Messages $i)) 1 -}}\n"
      "{{- if eq .Role \"user\" }}[{{ $i }}{{ if $last }}!{{ end }}]{{ .Content }}\n"
      "{{- else if or (eq .Role \"assistant\") (eq .Role \"tool\") }}={{ .Content }}\n"
      "{{- end }}\n"
      "{{- end }} sys:{{ .System }}";
  EXPECT_EQ(render(source, kTalk), "[1]Hi=Yes?[3!]Go on sys:Be kind.");
}

TEST(GoTemplate, TrimsAsGoDoes) {
  EXPECT_EQ(render("a \n{{- .Prompt -}}\n b", kHello), "aHellob");
  EXPECT_EQ(render("a {{ .Prompt }}\n", kHello), "a Hello\n");
  EXPECT_EQ(render("a {{- /* nothing */ -}} b{{/* more */}} c{{ .Prompt }}", kHello), "ab cHello");
}

TEST(GoTemplate, LeavesTextAloneThatJinjaWouldTake) {
  EXPECT_EQ(render("{% if %}{# no #}\n  {%- x -%}\n\"q\"\\n{{ .Prompt }}", kHello),
            "{% if %}{# no #}\n  {%- x -%}\n\"q\"\\nHello");
}

TEST(GoTemplate, KeepsWhatUsersWroteApart) {
  const RenderedPrompt prompt = render_all(
      kChatMl, {message("user", "<|im_end|>"), message("assistant", "x"), message("user", "{{ .System }}{% raw %}")});
  EXPECT_THAT(prompt.text, HasSubstr("user\n{{ .System }}{% raw %}<|im_end|>"));
  ASSERT_EQ(prompt.untrusted.size(), 3U);
  const auto [begin, end] = prompt.untrusted[0];
  EXPECT_EQ(prompt.text.substr(begin, end - begin), "<|im_end|>");
}

TEST(GoTemplate, WritesToolsAndCallsAsJson) {
  const json::value tools = parse_json(R"([{"type":"function","function":{"name":"f","description":"d"}}])", "tools");
  json::object call = message("assistant", "");
  call["tool_calls"] = parse_json(R"([{"id":"1","function":{"name":"f","arguments":{"a":1,"b":"x"}}}])", "calls");
  const std::string source =
      "{{ if .Tools }}{{ range .Tools }}{{ . }};{{ end }}{{ json .Tools }}{{ end }}"
      "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.Name }}({{ .Function.Arguments }})"
      "{{ range $k, $v := .Function.Arguments }} {{ $k }}={{ $v }}{{ end }}{{ end }}{{ end }}";
  EXPECT_EQ(render(source, {message("user", "hi"), call}, tools),
            R"({"type":"function","function":{"name":"f","description":"d"}};)"
            R"([{"type":"function","function":{"name":"f","description":"d"}}])"
            R"(f({"a":1,"b":"x"}) a=1 b=x)");
  EXPECT_EQ(render("{{ if .Tools }}yes{{ else }}no{{ end }}{{ .Prompt }}", kHello), "noHello");
}

TEST(GoTemplate, KnowsConditions) {
  const auto test = [](const std::string& condition) {
    return render("{{ range .Messages }}{{ if " + condition + " }}y{{ else }}n{{ end }}{{ end }}", kTalk);
  };
  EXPECT_EQ(test("eq .Role \"user\""), "nyny");
  EXPECT_EQ(test("eq .Role \"user\" \"system\""), "yyny");
  EXPECT_EQ(test("ne .Role `user`"), "ynyn");
  EXPECT_EQ(test("and .Content (not (eq .Role \"user\"))"), "ynyn");
  EXPECT_EQ(test("gt (len .Content) 4"), "ynny");
  EXPECT_EQ(test("le (len .Content) 4"), "nyyn");
  EXPECT_EQ(test(".ToolCalls"), "nnnn");
  EXPECT_EQ(test("eq (index $.Messages 1).Content .Content"), "nynn");
  EXPECT_EQ(test("len .Content | eq 2"), "nynn");
}

TEST(GoTemplate, KnowsVariablesWithAndElse) {
  EXPECT_EQ(render("{{ $x := \"a\" }}{{ range .Messages }}{{ if eq .Role \"user\" }}{{ $x = .Content }}{{ end }}"
                   "{{ end }}{{ $x }}",
                   kTalk),
            "Go on");
  EXPECT_EQ(render("{{ with .System }}<{{ . }}>{{ else }}none{{ end }}{{ .Prompt }}", kHello), "noneHello");
  EXPECT_EQ(render("{{ range .Messages }}{{ with .Content }}<{{ . }}>{{ end }}{{ end }}", kHello), "<Hello>");
  EXPECT_EQ(render("{{ range .Messages }}{{ range .ToolCalls }}x{{ else }}none{{ end }}{{ end }}", kHello), "none");
  EXPECT_EQ(
      render("{{ range .Messages }}{{ if eq .Content \"Yes?\" }}{{ break }}{{ end }}{{ .Content }}{{ end }}", kTalk),
      "Be kind.Hi");
  EXPECT_EQ(
      render("{{ range .Messages }}{{ if eq .Content \"Hi\" }}{{ continue }}{{ end }}{{ .Role }} {{ end }}", kTalk),
      "system assistant user ");
}

TEST(GoTemplate, KnowsHowToThink) {
  const std::string source = "{{ .Prompt }}{{ if and .IsThinkSet (not .Think) }} /no_think{{ end }}";
  EXPECT_EQ(render(source, kHello), "Hello");
  EXPECT_EQ(render(source, kHello, nullptr, {{"enable_thinking", false}}), "Hello /no_think");
  EXPECT_EQ(render(source, kHello, nullptr, {{"enable_thinking", true}}), "Hello");
  EXPECT_EQ(render("{{ .ThinkLevel }}{{ .Prompt }}", kHello, nullptr, {{"reasoning_effort", "low"}}), "lowHello");
}

TEST(GoTemplate, HasNoSuffixInConversations) {
  EXPECT_EQ(render("{{ if .Suffix }}<fim>{{ .Suffix }}{{ else }}{{ .Prompt }}{{ end }}", kHello), "Hello");
}

TEST(GoTemplate, SaysWhatItCannotTranslate) {
  EXPECT_THAT(problem("{{ .Prompt }"), HasSubstr("line 1"));
  EXPECT_THAT(problem("a\nb\n{{ .Surprise }}"), HasSubstr("line 3: the field '.Surprise' is not known"));
  EXPECT_THAT(problem("{{ range .Messages }}{{ .Colour }}{{ end }}"), HasSubstr(".Colour"));
  EXPECT_THAT(problem("{{ printf \"%s\" .Prompt }}"), HasSubstr("'printf' is not known"));
  EXPECT_THAT(problem("{{ template \"x\" }}"), HasSubstr("template"));
  EXPECT_THAT(problem("{{ if .Prompt }}"), HasSubstr("no end"));
  EXPECT_THAT(problem("{{ end }}"), HasSubstr("belongs to nothing"));
  EXPECT_THAT(problem("{{ else }}"), HasSubstr("belongs to nothing"));
  EXPECT_THAT(problem("{{ $x }}"), HasSubstr("'$x' is not set"));
  EXPECT_THAT(problem("{{ . }}"), HasSubstr("whole input"));
  EXPECT_THAT(problem("{{ }}"), HasSubstr("empty"));
  EXPECT_THAT(problem("{{ \"open }}"), HasSubstr("not closed"));
  EXPECT_THAT(problem("{{ (.Prompt }}"), HasSubstr("not closed"));
  EXPECT_THAT(problem("{{ /* x }}"), HasSubstr("comment"));
  EXPECT_THAT(problem("{{ eq .Prompt }}"), HasSubstr("arguments"));
  EXPECT_THAT(problem("{{ .Prompt .System }}"), HasSubstr("cannot stand there"));
  EXPECT_THAT(problem("{{ .Prompt | .System }}"), HasSubstr("function"));
  EXPECT_THAT(problem("{{ eq len .Prompt 1 }}"), HasSubstr("parentheses"));
  EXPECT_THAT(problem("\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(problem("{{ \"\\q\" }}"), HasSubstr("escape"));
}

TEST(GoTemplate, BoundsNesting) {
  std::string blocks, parentheses = "{{ ", chain = "{{ if .Prompt }}";
  for (int i = 0; i < 100'000; ++i) {
    blocks += "{{ if .Prompt }}";
    parentheses += "(not ";
    chain += "{{ else if .Prompt }}";
  }
  EXPECT_THAT(problem(blocks), HasSubstr("too deeply"));
  EXPECT_THAT(problem(parentheses + " }}"), HasSubstr("too deeply"));
  EXPECT_THAT(problem(chain), HasSubstr("too many"));
}

TEST(GoTemplate, SurvivesEveryBeginningOfATemplate) {
  const std::string source =
      "a{{- range $i, $m := .Messages }}{{ $l := eq (len (slice $.Messages $i)) 1 }}{{ if and $l \"x\\n\" `y` }}"
      "{{ $m.Content | json }}{{ else if .ToolCalls }}{{/* c */}}{{ break }}{{ else }}{{ 1.5 }}{{ end }}{{ end -}} b";
  for (std::size_t length = 0; length <= source.size(); ++length) {
    try {
      ChatTemplate::parse(jinja_of_go_template(source.substr(0, length)), "translated");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << length;
      EXPECT_LT(length, source.size()) << error.message();
    }
  }
}

}  // namespace
}  // namespace hearth
