#include "server/api/tools/tool_style.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/file.h"
#include "support/fixtures.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

std::string name_of(const ToolSupport& support) {
  if (!support.native) return "none";
  switch (support.style) {
    case ToolStyle::kHermes: return "hermes";
    case ToolStyle::kLlama: return "llama";
    case ToolStyle::kMistral: return "mistral";
    case ToolStyle::kNone: break;
  }
  return "?";
}

constexpr std::string_view kPlain =
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}{% endfor %}";

/// A template that shows tools, and writes calls as `call` says.
std::string with_calls(const std::string& call) {
  return "{% for t in tools or [] %}{{ t | tojson }}{% endfor %}{% for m in messages %}<{{ m.role }}>{{ m.content }}"
         "{% for c in m.tool_calls or [] %}" +
         call + "{% endfor %}{% endfor %}";
}

TEST(ToolStyle, IsFoundByRendering) {
  const ToolSupport plain = tool_support(kPlain);
  EXPECT_FALSE(plain.native);
  EXPECT_FALSE(plain.takes_system);
  EXPECT_FALSE(plain.thinks);
  EXPECT_FALSE(tool_support("{% for %}").native);
  EXPECT_FALSE(tool_support("").native);

  const ToolSupport hermes = tool_support(with_calls(
      R"(<tool_call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}} </tool_call>)"));
  EXPECT_EQ(name_of(hermes), "hermes");
  EXPECT_EQ(hermes.begin, "<tool_call>");
  EXPECT_EQ(hermes.end, " </tool_call>");
  EXPECT_EQ(hermes.separator, "");
  EXPECT_TRUE(hermes.takes_system);
  EXPECT_TRUE(hermes.several_calls);
  EXPECT_FALSE(hermes.arguments_as_text);

  const ToolSupport text = tool_support(with_calls(
      R"(<tool_call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments + '' }}}</tool_call>)"));
  EXPECT_EQ(name_of(text), "hermes");
  EXPECT_TRUE(text.arguments_as_text);

  EXPECT_EQ(name_of(tool_support(with_calls("<function={{ c.function.name }}>{{ c.function.arguments | tojson }}"))),
            "none");
  const ToolSupport ids = tool_support(
      "{% macro check(id) %}{% if id | length != 9 %}{{ raise_exception('nine') }}{% endif %}{% endmacro %}" +
      with_calls(
          R"([TOOL_CALLS][{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}]{{ check(c.id) }})"));
  EXPECT_EQ(name_of(ids), "mistral");
  EXPECT_TRUE(ids.short_ids);
}

// As Mistral's first template with tools writes them, a space behind the word.
TEST(ToolStyle, SpaceMayStandBeforeTheList) {
  const std::string call = R"([{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}])";
  EXPECT_EQ(name_of(tool_support(with_calls("[TOOL_CALLS] " + call))), "mistral");
  EXPECT_EQ(name_of(tool_support(with_calls("[TOOL_CALLS] \n" + call))), "mistral");
  EXPECT_EQ(name_of(tool_support(with_calls("[TOOL_CALLS] and " + call))), "none");
}

TEST(ToolStyle, OfVendorsTemplates) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  const std::map<std::string, std::string> expected = {
      {"Qwen-Qwen2.5-7B-Instruct", "hermes"},
      {"Qwen-Qwen3-0.6B", "hermes"},
      {"Qwen-QwQ-32B", "hermes"},
      {"NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "hermes"},
      {"meta-llama-Llama-3.1-8B-Instruct", "llama"},
      {"mistralai-Mistral-Nemo-Instruct-2407", "mistral"},
      {"unsloth-mistral-Devstral-Small-2507", "mistral"},
      {"google-gemma-2-2b-it", "none"},
      {"microsoft-Phi-3.5-mini-instruct", "none"},
      {"meetkai-functionary-medium-v3.1", "none"},
      {"GLM-4.7-Flash", "none"},
      {"Qwen3.5-4B", "none"},
  };
  for (const auto& [name, style] : expected) {
    const ToolSupport support = tool_support(read_file(fixtures / "chat_templates" / (name + ".jinja")));
    EXPECT_EQ(name_of(support), style) << name;
    EXPECT_EQ(support.takes_system, name != "google-gemma-2-2b-it") << name;
    EXPECT_EQ(support.several_calls, name != "meta-llama-Llama-3.1-8B-Instruct") << name;
    EXPECT_EQ(support.short_ids, name == "mistralai-Mistral-Nemo-Instruct-2407") << name;
    EXPECT_FALSE(support.arguments_as_text) << name;
    if (style == "hermes") {
      EXPECT_EQ(support.begin, "<tool_call>\n") << name;
      EXPECT_EQ(support.end, "\n</tool_call>") << name;
      EXPECT_EQ(support.separator, "\n") << name;
    }
  }
}

TEST(ToolStyle, OfBuiltInTemplates) {
  for (const std::string_view name : ChatTemplate::builtin_names())
    EXPECT_FALSE(tool_support(ChatTemplate::builtin(name).source()).native) << name;
}

}  // namespace
}  // namespace hearth
