// For tests: small templates rendered with a fixed set of variables.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "hearth/error.h"
#include "text/chat_template.h"

namespace hearth::jinja {

struct Snippet {
  std::string_view source;
  std::string_view expected;
};

enum SnippetKind { kTemplate, kExpression };  ///< an expression is put between "{{ " and " }}"

inline TemplateInputs snippet_inputs() {
  TemplateInputs inputs;
  inputs.messages =
      parse_json(R"([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}])", "messages")
          .as_array();
  inputs.bos_token = "<s>";
  inputs.eos_token = "</s>";
  inputs.extra = parse_json(R"({
      "s": "Hello World", "e": "", "u": "héllo ßtraße ΣΑΣ 你好🙂", "n": 7, "neg": -3, "f": 2.5, "z": 0, "b": true, "nb": false, "nil": null,
      "l": [3, 1, 2], "ls": ["b", "A", "c", "a"], "d": {"b": 1, "A": 2, "c": [1, 2]},
      "users": [{"name": "Al", "age": 30, "x": {"y": 1}}, {"name": "bo", "age": 25, "x": {"y": 2}}, {"name": "Cy", "age": 30, "x": {"y": 3}}],
      "ws": "  a\t b \n c  ", "multi": "l1\nl2\n\nl4", "q": "it's \"q\" \\ \n\t\u0001", "big": 18446744073709551615, "tiny": 1e-07,
      "huge": 1e+22, "nested": [[1, [2, [3]]], {"a": {"b": null}}], "sp": "a,b,,c"})",
                            "variables")
                     .as_object();
  return inputs;
}

inline std::string snippet_source(std::string_view source, SnippetKind kind) {
  if (kind == kTemplate) return std::string(source);
  return "{{ " + std::string(source) + " }}";
}

template <std::size_t N>
void expect_rendered(const Snippet (&snippets)[N], SnippetKind kind) {
  const TemplateInputs inputs = snippet_inputs();
  for (const Snippet& snippet : snippets) {
    SCOPED_TRACE(snippet.source);
    try {
      EXPECT_EQ(ChatTemplate::parse(snippet_source(snippet.source, kind), "t").render(inputs).text, snippet.expected);
    } catch (const Error& error) {
      ADD_FAILURE() << error.message();
    }
  }
}

template <std::size_t N>
void expect_refused(const std::string_view (&sources)[N], SnippetKind kind) {
  const TemplateInputs inputs = snippet_inputs();
  for (const std::string_view source : sources) {
    SCOPED_TRACE(source);
    try {
      const std::string text = ChatTemplate::parse(snippet_source(source, kind), "t").render(inputs).text;
      ADD_FAILURE() << "rendered: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_TRUE(error.message().starts_with("t: line ")) << error.message();
    }
  }
}

}  // namespace hearth::jinja
