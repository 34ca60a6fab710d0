#include "text/jinja/lexer.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth::jinja {
namespace {

/// The tokens as text: data in quotes, tags as they are written.
std::string shown(std::string_view source) {
  std::string out;
  for (const Token& token : tokenize(source)) {
    switch (token.kind) {
      case TokenKind::kData: out += "'" + token.text + "'"; break;
      case TokenKind::kVariableBegin: out += "{{"; break;
      case TokenKind::kVariableEnd: out += "}}"; break;
      case TokenKind::kBlockBegin: out += "{%"; break;
      case TokenKind::kBlockEnd: out += "%}"; break;
      case TokenKind::kString: out += "\"" + token.text + "\""; break;
      case TokenKind::kInteger: out += std::to_string(token.integer); break;
      case TokenKind::kFloat: out += "~" + std::to_string(token.real); break;
      case TokenKind::kName:
      case TokenKind::kOperator: out += token.text; break;
      case TokenKind::kEnd: return out;
    }
    out += ' ';
  }
  return out;
}

TEST(JinjaLexer, SplitsDataAndTags) {
  EXPECT_EQ(shown("a{{ b }}c{% if d %}"), "'a' {{ b }} 'c' {% if d %} ");
  EXPECT_EQ(shown("{ % {x"), "'{ % {x' ");
}

TEST(JinjaLexer, TrimsTheLineBreakAfterABlockAndTheBlanksBefore) {
  EXPECT_EQ(shown("a\n  {% x %}\nb"), "'a\n' {% x %} 'b' ");
  EXPECT_EQ(shown("a\n  {{ x }}\nb"), "'a\n  ' {{ x }} '\nb' ");
  EXPECT_EQ(shown("a  {% x %}b"), "'a  ' {% x %} 'b' ");
  EXPECT_EQ(shown("  {%+ x +%}\nb"), "'  ' {% x %} '\nb' ");
  EXPECT_EQ(shown(" \n {%- x -%} \n b"), "{% x %} 'b' ");
  EXPECT_EQ(shown("a {#- c -#} b"), "'a' 'b' ");
}

TEST(JinjaLexer, DropsOneLineBreakAtTheEndAndNormalisesOthers) {
  EXPECT_EQ(shown("a\r\nb\rc\n\n"), "'a\nb\nc\n' ");
  EXPECT_EQ(shown("\n"), "");
}

TEST(JinjaLexer, BracesInsideATagDoNotEndIt) {
  EXPECT_EQ(shown("{{ {'a': {1: 2}}}}"), R"({{ { "a" : { 1 : 2 } } }} )");
  EXPECT_EQ(shown("{{ '}}' }}"), R"({{ "}}" }} )");
}

TEST(JinjaLexer, ReadsNumbers) {
  EXPECT_EQ(shown("{{ 1 1_0 0x1f 0b11 0o17 00 1.5 1e3 2.5e-1 }}"),
            "{{ 1 10 31 3 15 0 ~1.500000 ~1000.000000 ~0.250000 }} ");
  EXPECT_EQ(shown("{{ a.0.1 1. }}"), "{{ a . 0 . 1 1 . }} ");
}

TEST(JinjaLexer, CountsLines) {
  const auto tokens = tokenize("a\n{# \n #}\n{{ x\n }}{% raw %}\n{% endraw %}{{ y }}");
  EXPECT_EQ(tokens[2].text, "x");
  EXPECT_EQ(tokens[2].line, 4);
  EXPECT_EQ(tokens[tokens.size() - 3].text, "y");
  EXPECT_EQ(tokens[tokens.size() - 3].line, 6);
}

TEST(JinjaLexer, UnescapesAsPythonDoes) {
  EXPECT_EQ(unescape(R"(\n\t\\\'\"\x41\u00e9\U0001F600\101\q)", 1), "\n\t\\'\"Aé😀A\\q");
  EXPECT_EQ(unescape("a\\\nb", 1), "ab");
  EXPECT_THROW(unescape(R"(\x4)", 1), SyntaxError);
  EXPECT_THROW(unescape(R"(\ud800)", 1), SyntaxError);
  EXPECT_THROW(unescape(R"(\N{BULLET})", 1), SyntaxError);
}

}  // namespace
}  // namespace hearth::jinja
