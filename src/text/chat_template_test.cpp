#include "text/chat_template.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "hearth/error.h"

namespace hearth {
namespace {

TemplateInputs inputs_of(std::string_view messages, std::string_view tools = "null") {
  TemplateInputs inputs;
  inputs.messages = parse_json(messages, "messages").as_array();
  inputs.tools = parse_json(tools, "tools");
  return inputs;
}

std::string message_of(const std::string& source, const TemplateInputs& inputs = {}) {
  try {
    const std::string text = ChatTemplate::parse(source, "model.gguf").render(inputs).text;
    ADD_FAILURE() << "rendered: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return {};
}

TEST(ChatTemplate, GivesTheTemplateItsVariables) {
  auto inputs = inputs_of(R"([{"role": "user", "content": "hi"}])", R"([{"name": "f"}])");
  inputs.bos_token = "<s>";
  inputs.eos_token = "</s>";
  inputs.extra = parse_json(R"({"enable_thinking": false, "documents": [1]})", "extra").as_object();
  inputs.special_tokens = {{"pad_token", "<pad>"}};
  const auto source =
      "{{ bos_token }}{{ messages[0].content }}{{ tools[0].name }}{{ eos_token }}{{ add_generation_prompt }}{{ "
      "enable_thinking }}"
      "{{ documents }}{{ pad_token }}";
  EXPECT_EQ(ChatTemplate::parse(source, "t").render(inputs).text, "<s>hif</s>TrueFalse[1]<pad>");
  // As transformers does, which passes None for what is not there.
  EXPECT_EQ(ChatTemplate::parse("{{ tools }}{{ documents }}", "t").render({}).text, "NoneNone");
}

TEST(ChatTemplate, ErrorsNameTheTemplateTheLineAndTheReason) {
  EXPECT_EQ(message_of("a\n{{ b.c }}"), "model.gguf: line 2: 'b' is undefined");
  EXPECT_EQ(message_of("a\n\n{% if %}"), "model.gguf: line 3: expected an expression, found '%}'");
  EXPECT_EQ(message_of("{{ raise_exception('no system please') }}"),
            "model.gguf: line 1: the template refuses the messages: no system please");
  EXPECT_EQ(message_of("\n{{ 'a'|nofilter }}"), "model.gguf: line 2: No filter named 'nofilter'");
  EXPECT_EQ(message_of("{% for x in [1] %}\n{% include 'x' %}{% endfor %}"),
            "model.gguf: line 2: the tag 'include' is not supported in a chat template");
  EXPECT_EQ(message_of("{% if 1 %}\n"), "model.gguf: line 1: the template ends, but 'endif' is missing");
  EXPECT_EQ(message_of("{{ messages.append(1) }}"),
            "model.gguf: line 1: access to attribute 'append' of 'list' object is not allowed in a template");
}

TEST(ChatTemplate, ErrorsShowALimitedPartOfLongNames) {
  EXPECT_LT(message_of("{% set k = 'x' * 1000000 %}{{ {}[k].y }}").size(), 200u);
  EXPECT_LT(message_of("{{ raise_exception('x' * 1000000) }}").size(), 2200u);
}

TEST(ChatTemplate, ShowsTheTimeItIsGiven) {
  const char* old = std::getenv("TZ");
  const std::string saved = old == nullptr ? "" : old;
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  TemplateInputs inputs;
  inputs.now = 1'700'000'000;
  EXPECT_EQ(ChatTemplate::parse("{{ strftime_now('%d %b %Y %H:%M:%S.%f %%f') }}", "t").render(inputs).text,
            "14 Nov 2023 22:13:20.000000 %f");
  EXPECT_EQ(ChatTemplate::parse("{{ strftime_now('') }}|", "t").render(inputs).text, "|");
  if (old == nullptr)
    ::unsetenv("TZ");
  else
    ::setenv("TZ", saved.c_str(), 1);
  ::tzset();
}

TEST(ChatTemplate, CarriesIntegersAboveInt64Unharmed) {
  auto inputs = inputs_of("[]", R"([{"maximum": 18446744073709551615}])");
  EXPECT_EQ(ChatTemplate::parse("{{ tools|tojson }}{{ tools[0].maximum }}{{ tools[0].maximum > 1 }}", "t")
                .render(inputs)
                .text,
            R"([{"maximum": 18446744073709551615}]18446744073709551615True)");
  EXPECT_NE(message_of("{{ tools[0].maximum + 1 }}", inputs).find("beyond 64 bits"), std::string::npos);
}

TEST(ChatTemplate, ATemplateMayBeRenderedOftenAndCopied) {
  const ChatTemplate original =
      ChatTemplate::parse("{% set ns = namespace(n=0) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}", "t");
  const ChatTemplate copy = original;  // NOLINT(performance-unnecessary-copy-initialization): copying is what is tested
  EXPECT_EQ(original.render({}).text, "1");
  EXPECT_EQ(copy.render({}).text, "1");
  EXPECT_EQ(copy.name(), "t");
  EXPECT_EQ(copy.source(), original.source());
}

TEST(ChatTemplate, TakesTextThatIsNotUtf8AsItIs) {
  TemplateInputs inputs;
  json::object message;
  message["role"] = "user";
  message["content"] = std::string("a\xFF\xC3 b");
  inputs.messages.push_back(message);
  EXPECT_EQ(ChatTemplate::parse(
                "{{ messages[0].content|upper }}|{{ messages[0].content|length }}|{{ messages[0].content[1] }}", "t")
                .render(inputs)
                .text,
            "A\xFF\xC3 B|5|\xFF");
}

}  // namespace
}  // namespace hearth
