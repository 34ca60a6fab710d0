// Hostile templates: each ends soon, with an Error that names the limit.
#include <gtest/gtest.h>

#include <string>

#include "hearth/error.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// The error's message; empty where the template renders.
std::string refusal(const std::string& source, const TemplateLimits& limits = {}) {
  try {
    ChatTemplate::parse(source, "t", limits).render({});
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
}

void expect_refused_for(const std::string& limit, const std::string& source) {
  SCOPED_TRACE(source.substr(0, 200));
  EXPECT_NE(refusal(source).find(limit), std::string::npos) << refusal(source);
}

TEST(ChatTemplateLimits, NestingIsLimitedWhenParsing) {
  for (const std::string& source : {
           "{{ " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + " }}",
           "{{ " + repeated("[", 100'000),
           "{{ " + repeated("{1:", 100'000),
           "{{ " + repeated("not ", 100'000) + "1 }}",
           "{{ " + repeated("-", 100'000) + "1 }}",
           "{{ " + repeated("1 if 0 else ", 50'000) + "1 }}",
           "{{ a" + repeated("[a", 100'000),
           "{{ a" + repeated("(a", 100'000),
           repeated("{% if 1 %}", 50'000),
           repeated("{% for x in y %}", 50'000),
           "{% set " + repeated("(", 100'000) + "a",
       }) {
    expect_refused_for("nested more than 200 deep (max_depth)", source);
  }
  EXPECT_NE(refusal("{{ " + repeated("1 if 1 ", 100'000) + " }}"), "");
}

TEST(ChatTemplateLimits, LongChainsAreNotNests) {
  EXPECT_EQ(refusal("{{ 1" + repeated(" + 1", 100'000) + " }}"), "");
  EXPECT_EQ(refusal("{{ 1" + repeated("|string", 50'000) + " }}"), "");
  EXPECT_EQ(refusal("{{ 1" + repeated(" and 1", 100'000) + " }}"), "");
  EXPECT_EQ(refusal("{% if 0 %}" + repeated("{% elif 0 %}", 20'000) + "{% endif %}"), "");
}

TEST(ChatTemplateLimits, NestingIsLimitedWhenRendering) {
  for (const char* source : {
           "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
           "{% macro m(x) %}{{ m([x]) }}{% endmacro %}{{ m(1) }}",
           "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
           "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
           "{% set ns = namespace(a=[]) %}{% for i in range(1000) %}{% set ns.a = [ns.a] %}{% endfor %}",
           "{% set ns = namespace(a={}) %}{% for i in range(1000) %}{% set ns.a = {1: ns.a} %}{% endfor %}",
           "{% set ns = namespace(g=[1]) %}{% for i in range(1000) %}{% set ns.g = ns.g|map('string') %}{% endfor %}",
           ("{% set ns = namespace(l=[1]) %}{% for i in range(1000) %}"
            "{% for x in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}"),
           "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}",
       }) {
    expect_refused_for("nested more than 200 deep (max_depth)", source);
  }
}

TEST(ChatTemplateLimits, WorkIsLimited) {
  for (const char* source : {
           "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
           "{% set ns = namespace(a='') %}{% for i in range(100000) %}{% for j in range(999) %}{% set ns.a = ns.a ~ "
           "'aaaaaaaaaaaaaaaa' %}"
           "{% endfor %}{% endfor %}",
           "{{ [1] * 10**9 }}",
           "{{ [1]|batch(10**12, 0)|list }}",
           "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ "
           "ns.a|string|length }}",
           "{% set ns = namespace(a=(1,)) %}{% for i in range(99) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: "
           "1} }}",
           "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = "
           "[ns.b, ns.b] %}"
           "{% endfor %}{{ ns.a == ns.b }}",
           "{% set h = 'a' * 20000000 %}{% for i in range(100000) %}{% set x = h.count('b') %}{% endfor %}",
       }) {
    expect_refused_for("more than 5000000 steps (max_steps)", source);
  }
  expect_refused_for("range() is limited to 100000 items", "{{ range(100001) }}");
}

TEST(ChatTemplateLimits, TextIsLimited) {
  for (const char* source : {
           "{{ 'a' * 10**9 }}",
           "{{ 'a'.ljust(10**9) }}",
           "{{ 'a'.center(10**12) }}",
           "{{ '1'.zfill(10**9) }}",
           "{{ '%1000000000d' % 1 }}",
           "{{ '%.1000000000f' % 1.5 }}",
           "{{ '{:1000000000}'.format(1) }}",
           "{{ 'a'|indent(10**12) }}",
           "{{ [1]|tojson(indent=10**12) }}",
           "{{ ('\\t' * 1000).expandtabs(10**6) }}",
           "{{ ('a' * 10000000)|replace('a', 'bbbbbbbbbbbb') }}",
           "{{ ('a' * 60000000) ~ ('a' * 60000000) }}",
           "{{ 'a' * 60000000 }}{{ 'a' * 60000000 }}",
       }) {
    expect_refused_for("beyond 67108864 bytes (max_output)", source);
  }
}

TEST(ChatTemplateLimits, MemoryIsLimited) {
  TemplateLimits limits;
  limits.max_steps = 1'000'000'000;
  const std::string message = refusal(
      "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = ns.l + ['a' * 1000000] %}{% endfor %}",
      limits);
  EXPECT_NE(message.find("values occupy more than 268435456 bytes"), std::string::npos) << message;
  // What is let go of is given back: this makes 600 MB of text, one piece after the other.
  EXPECT_EQ(refusal("{% for i in range(60) %}{% set x = 'a' * 10000000 %}{% endfor %}", limits), "");
}

TEST(ChatTemplateLimits,
     ValuesThatHoldEachOtherAreFreed) {  // the leak checker of the ASan build sees it if they are not
  for (const char* source : {
           "{% set ns = namespace() %}{% set ns.a = [ns] %}",
           "{% set ns = namespace() %}{% macro m() %}{{ ns }}{% endmacro %}{% set ns.m = m %}",
           "{% set ns = namespace() %}{% for x in [1] %}{% with y = 1 %}{% macro m() %}{% endmacro %}{% set ns.m = m "
           "%}{% endwith %}"
           "{% set z = ns.m %}{% endfor %}",
           "{% set ns = namespace() %}{% for x in [1, 2] %}{% set ns.l = loop %}{{ loop.changed(loop) }}{{ "
           "loop.changed(loop.cycle) }}"
           "{% endfor %}{{ ns.l.changed(ns.l) }}{{ ns.l.index }}",
           "{% set ns = namespace() %}{% set ns.g = [ns]|map('string') %}",
           "{% set f = cycler(1, 2).next %}{{ f() }}{{ f() }}",
           "{% set ns = namespace(n=0) %}{% macro m(p) %}{% macro k() %}{{ p }}{% endmacro %}{% set ns.n = k %}{% "
           "endmacro %}"
           "{% for i in range(10000) %}{{ m(ns.n) }}{% endfor %}",
           "{% set ns = namespace(n=0) %}{% for i in range(10000) %}{% set ns.n = namespace(n=ns.n) %}{% endfor %}",
       }) {
    EXPECT_EQ(refusal(source), "");
  }
}

TEST(ChatTemplateLimits, IntegersDoNotOverflow) {
  for (const char* expression : {"9223372036854775807 + 1", "-9223372036854775807 - 2", "2 ** 63",
                                 "9223372036854775807 * 2", "10 ** 10 ** 10", "(-9223372036854775807 - 1) // -1",
                                 "-(-9223372036854775807 - 1)", "(-9223372036854775807 - 1)|abs", "1e300|int"}) {
    expect_refused_for("beyond 64 bits", "{{ " + std::string(expression) + " }}");
  }
  EXPECT_EQ(ChatTemplate::parse(
                "{{ (-9223372036854775807 - 1) % -1 }}{{ 'abc'[::-9223372036854775807 - 1] }}{{ range(5)[9:] }}"
                "{{ 'abc'[-9223372036854775807 - 1:9223372036854775807:9223372036854775807] }}",
                "t")
                .render({})
                .text,
            "0crange(5, 5)a");
}

TEST(ChatTemplateLimits, OwnLimitsHold) {
  TemplateLimits limits;
  limits.max_steps = 50;
  EXPECT_NE(refusal("{% for x in range(40) %}a{% endfor %}", limits).find("more than 50 steps"), std::string::npos);
  limits = {};
  limits.max_output = 10;
  EXPECT_EQ(refusal("0123456789", limits), "");
  EXPECT_NE(refusal("0123456789a", limits).find("beyond 10 bytes"), std::string::npos);
  limits = {};
  limits.max_depth = 10;
  EXPECT_NE(refusal("{{ ((((((((((1)))))))))) }}", limits).find("more than 10 deep"), std::string::npos);
  EXPECT_NE(refusal(std::string((1u << 20) + 1, 'a')).find("at most 1048576"), std::string::npos);
}

}  // namespace
}  // namespace hearth
