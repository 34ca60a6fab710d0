// Which bytes of a prompt came from the caller: control tokens must never be taken from those.
#include <gtest/gtest.h>

#include <string>

#include "text/chat_template.h"

namespace hearth {
namespace {

/// The prompt with its untrusted ranges in « ».
std::string marked(const RenderedPrompt& prompt) {
  std::string out;
  std::size_t at = 0;
  for (const auto& [begin, end] : prompt.untrusted) {
    out += prompt.text.substr(at, begin - at) + "«" + prompt.text.substr(begin, end - begin) + "»";
    at = end;
  }
  return out + prompt.text.substr(at);
}

TemplateInputs inputs() {
  TemplateInputs result;
  result.messages = parse_json(R"([
      {"role": "user", "content": " Ab<|x|>, c ", "n": 42, "parts": [{"text": "p"}, {"text": "q"}]},
      {"role": "<|evil|>", "content": "ß"}])",
                               "messages")
                        .as_array();
  result.tools = parse_json(R"([{"name": "f", "none": null, "on": true}])", "tools");
  result.extra = parse_json(R"({"style": "brief"})", "extra").as_object();
  result.bos_token = "<s>";
  return result;
}

std::string shown(const std::string& source) { return marked(ChatTemplate::parse(source, "t").render(inputs())); }
/// With c the content of the first message.
std::string with_content(const std::string& expression) {
  return shown("{% set c = messages[0].content %}{{ " + expression + " }}");
}

TEST(ChatTemplateProvenance, ContentIsUntrustedAndTheTemplateIsNot) {
  EXPECT_EQ(shown("{{ bos_token }}<|user|>{{ messages[0].content }}<|end|>"), "<s><|user|>« Ab<|x|>, c »<|end|>");
  EXPECT_EQ(shown("{{ style }}{{ tools[0].name }}"), "«brieff»");
  EXPECT_EQ(shown("{% for k in tools[0] %}{{ k }} {% endfor %}"), "«name» «none» «on» ");
}

TEST(ChatTemplateProvenance, KnownRolesAreTheTemplates) {
  EXPECT_EQ(shown("{{ '<|' + messages[0]['role'] + '|>' }}"), "<|user|>");
  EXPECT_EQ(shown("{{ messages[0].role|upper }}"), "USER");
  EXPECT_EQ(shown("{{ messages[1].role }}"), "«<|evil|>»");
  EXPECT_EQ(shown("{{ tools|map(attribute='role', default='r')|join }}"), "r");
}

TEST(ChatTemplateProvenance, GoesThroughStringOperations) {
  EXPECT_EQ(with_content("'<' + c + '>'"), "<« Ab<|x|>, c »>");
  EXPECT_EQ(with_content("'<' ~ c|trim ~ '>'"), "<«Ab<|x|>, c»>");
  EXPECT_EQ(with_content("('<' ~ c ~ '>')[1:4]"), "« Ab»");
  EXPECT_EQ(with_content("('<' ~ c ~ '>')[::-1]"), ">« c ,>|x|<bA »<");
  EXPECT_EQ(with_content("('<' ~ c ~ '>')|upper"), "<« AB<|X|>, C »>");
  EXPECT_EQ(with_content("('é' ~ c ~ 'é')|title"), "É« Ab<|x|>, C »É");
  EXPECT_EQ(with_content("'[' ~ messages[1].content.upper() ~ ']'"), "[«SS»]");
  EXPECT_EQ(with_content("c.split(',')|join('+')"), "« Ab<|x|>»+« c »");
  EXPECT_EQ(with_content("', '.join([c.strip(), 'a'])"), "«Ab<|x|>, c», a");
  EXPECT_EQ(with_content("c|replace('<|x|>', '<t>')"), "« Ab»<t>«, c »");
  EXPECT_EQ(with_content("'a-b'|replace('-', c)"), "a« Ab<|x|>, c »b");
  EXPECT_EQ(with_content("c * 2"), "« Ab<|x|>, c  Ab<|x|>, c »");
  EXPECT_EQ(with_content("c|trim|truncate(5, true, '...', 0)"), "«Ab»...");
  EXPECT_EQ(with_content("('x\n' ~ c)|indent(2)"), "x\n  « Ab<|x|>, c »");
  EXPECT_EQ(with_content("c|e"), "« Ab&lt;|x|&gt;, c »");
  EXPECT_EQ(with_content("c|list|first"), "« »");
  EXPECT_EQ(with_content("c.partition('<')|last"), "«|x|>, c »");
}

TEST(ChatTemplateProvenance, GoesThroughFormatting) {
  EXPECT_EQ(with_content("'<%s|%5s>' % (c, 'k')"), "<« Ab<|x|>, c »|    k>");
  EXPECT_EQ(with_content("'<{}{x}>'.format(c, x='k')"), "<« Ab<|x|>, c »k>");
  EXPECT_EQ(with_content("c.format()"), "« Ab<|x|>, c »");
  EXPECT_EQ(with_content("'<%s>'|format(c|trim)"), "<«Ab<|x|>, c»>");
}

TEST(ChatTemplateProvenance, EveryByteOfWrittenOutInputsIsUntrusted) {
  EXPECT_EQ(shown("<{{ tools|tojson }}>"), R"(<«[{"name": "f", "none": null, "on": true}]»>)");
  EXPECT_EQ(shown("<{{ tools }}>"), "<«[{'name': 'f', 'none': None, 'on': True}]»>");
  EXPECT_EQ(shown("{{ {'a': messages[0].n, 'b': 1}|tojson }}"), R"({"a": «42», "b": 1})");
  EXPECT_EQ(shown("{{ {'a': messages[0].content}|tojson }}"), R"({"a": «" Ab<|x|>, c "»})");
  EXPECT_EQ(shown("{{ messages[0].n }}{{ messages[0].n + 1 }}{{ 7 }}"), "«4243»7");
  EXPECT_EQ(shown("{{ messages[0].content|length }}"), "12");
}

TEST(ChatTemplateProvenance, GoesThroughVariablesMacrosAndFilters) {
  EXPECT_EQ(shown("{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(messages[1].content) }}"), "[«ß»]");
  EXPECT_EQ(shown("{% set x %}[{{ messages[1].content }}]{% endset %}{{ x }}"), "[«ß»]");
  EXPECT_EQ(shown("{% filter upper %}[{{ messages[1].content }}]{% endfilter %}"), "[«SS»]");
  EXPECT_EQ(shown("{% set ns = namespace(t='a') %}{% set ns.t = ns.t + messages[1].content %}{{ ns.t }}"), "a«ß»");
  EXPECT_EQ(shown("{{ messages[0].parts|map(attribute='text')|join('-') }}"), "«p»-«q»");
  EXPECT_EQ(shown("{{ {'user': '<|u|>'}[messages[0].role] }}"), "<|u|>");
}

TEST(ChatTemplateProvenance, ObjectsThatHideTheirContentCountAsUntrusted) {
  EXPECT_EQ(shown("{{ namespace(a=messages[1].content) }}"), "«<Namespace {'a': 'ß'}>»");
}

}  // namespace
}  // namespace hearth
