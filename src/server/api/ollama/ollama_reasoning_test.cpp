// Reasoning in /api/chat and /api/generate, by models that are made to write them.
#include <gmock/gmock.h>

#include "server/api/ollama/ollama_test_house.h"

namespace hearth {
namespace {

class OllamaReasoning : public OllamaHouse {
 protected:
  /// A model that thinks "b", says "c" and ends: it writes <think>b</think>c behind "a".
  void SetUp() override {
    OllamaHouse::SetUp();
    hearth::testing::TinyLlamaOptions options;
    options.chat_template =
        "{%- for m in messages -%}{{- m['content'] -}}{%- endfor -%}"
        "{%- if enable_thinking is defined and not enable_thinking -%}{{- '<think></think>w' -}}"
        "{%- else -%}{{- '<think>' -}}{%- endif -%}";
    options.next = {{"▁", "a"}, {"<0x3E>", "b"}, {"b", "<0x3C>"}, {"<0x3C>", "<0x2F>"}, {"<0x2F>", "t"},
                    {"t", "h"}, {"h", "i"},      {"i", "n"},      {"n", "k"},           {"k", "<0x3E>"}};
    hearth::testing::make_tiny_llama(models_folder() / "thinker.gguf", 3, options);
  }
};

TEST_F(OllamaReasoning, KeepsThinkingApart) {
  // "<think>" → b → "</think>" → b → …: the model goes round, so its answer is cut.
  const std::string options = R"(,"options":{"num_predict":11})";
  OllamaReply reply = post(
      "/api/chat", R"({"model":"thinker","stream":false,"messages":[{"role":"user","content":"x"}])" + options + "}");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.last().at("message").at("thinking"), "b");
  EXPECT_EQ(reply.answer(), "b<");
  reply = post("/api/generate", R"({"model":"thinker","prompt":"x","think":true)" + options + "}");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.lines[0].at("thinking"), "b");
  EXPECT_EQ(reply.lines[0].at("response"), "");
  EXPECT_EQ(reply.answer(), "b<");
}

TEST_F(OllamaReasoning, IsAskedNotToThink) {
  const OllamaReply reply = post(
      "/api/chat", R"({"model":"thinker","stream":false,"think":false,"messages":[{"role":"user","content":"x"}]})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.answer(), "xyz");
  EXPECT_FALSE(reply.last().at("message").as_object().contains("thinking"));
}

TEST_F(OllamaReasoning, BeginsAFormAtOnceWhereItIsNotToThink) {
  hearth::testing::TinyLlamaOptions options;  // it would begin with "<think>" once more
  options.chat_template =
      "{%- for m in messages -%}{{- m['content'] -}}{%- endfor -%}{{- '<think></think>v' if not enable_thinking -}}";
  options.next = {{"v", "<0x3C>"}};
  hearth::testing::make_tiny_llama(models_folder() / "eager.gguf", 3, options);
  for (
      const char* body :
      {R"({"model":"eager","prompt":"x","stream":false,"think":false,"format":{"const":"b"},"options":{"num_predict":20}})",
       R"({"model":"eager","stream":false,"think":false,"format":{"const":"b"},"options":{"num_predict":20},
                               "messages":[{"role":"user","content":"x"}]})"}) {
    const OllamaReply reply = post(std::string(body).find("prompt") < 30 ? "/api/generate" : "/api/chat", body);
    ASSERT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.answer(), "\"b\"");
  }
}

TEST_F(OllamaReasoning, TakesLevels) {
  const OllamaReply reply = post("/api/chat", R"({"model":"thinker","think":"low","options":{"num_predict":2},
      "messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(reply.status, 200) << reply.text;
}

}  // namespace
}  // namespace hearth
