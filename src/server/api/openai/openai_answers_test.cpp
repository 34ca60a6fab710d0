// /v1/chat/completions, /v1/completions, /v1/embeddings and their like over tiny models. What is expected is what
// OpenAI's reference says, where it says anything; the tiny model follows each letter by the next one, z by the end.
#include <gmock/gmock.h>

#include "server/api/chat_fields.h"
#include "server/api/ollama/ollama_test_house.h"
#include "server/api/openai/openai_api.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OpenAiAnswers : public OllamaHouse {
 protected:
  void SetUp() override {
    OllamaHouse::SetUp();
    start();
    add_openai_routes(*router_, *context_);
  }
  json::object answer(const std::string& path, const std::string& body) {
    const OllamaReply reply = post(path, body);
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.status == 200 ? reply.last() : json::object();
  }
  json::object chat(const std::string& more) {
    return answer("/v1/chat/completions",
                  R"({"model":"tiny","max_tokens":3,"messages":[{"role":"user","content":"x"}],)" + more + "}");
  }
  /// "param: message" of a 400.
  std::string refusal(const std::string& path, const std::string& body) {
    const OllamaReply reply = post(path, body);
    EXPECT_EQ(reply.status, 400) << reply.text;
    if (reply.status != 400) return reply.text;
    const json::object& error = reply.last().at("error").as_object();
    return std::string(error.at("param").is_null() ? "null" : error.at("param").as_string().c_str()) + ": " +
           std::string(error.at("message").as_string());
  }
};

TEST_F(OpenAiAnswers, LogprobsAreThereWhereTheyWereAskedFor) {
  json::object choice = chat(R"("logprobs":true)").at("choices").at(0).as_object();
  const json::array content = choice.at("logprobs").at("content").as_array();
  ASSERT_EQ(content.size(), 3U);
  for (const json::value& token : content) EXPECT_TRUE(token.at("top_logprobs").as_array().empty());
  EXPECT_EQ(content[0].at("token"), "b");
  choice = chat(R"("logprobs":true,"top_logprobs":2)").at("choices").at(0).as_object();
  EXPECT_EQ(choice.at("logprobs").at("content").at(0).at("top_logprobs").as_array().size(), 2U);
  for (const char* without : {R"("n":1)", R"("logprobs":false)", R"("logprobs":null)"})
    EXPECT_TRUE(chat(without).at("choices").at(0).at("logprobs").is_null()) << without;
}

TEST_F(OpenAiAnswers, MoreChoicesThanEverRunAndWaitAreRefused) {
  std::string prompts = "\"a\"";
  for (int i = 1; i < 64; ++i) prompts += ",\"a\"";
  const std::string completion = R"({"model":"plain","max_tokens":1,"prompt":)";
  EXPECT_THAT(refusal("/v1/completions", completion + "[" + prompts + R"(],"n":16})"), HasSubstr("n: the request asks "
                                                                                                 "for 1024"));
  EXPECT_EQ(answer("/v1/completions", completion + "[" + prompts + R"(],"n":2})").at("choices").as_array().size(),
            128U);
}

TEST_F(OpenAiAnswers, TextOffsetsAreThoseOfTheEchoedText) {
  const json::object choice =
      answer("/v1/completions", R"({"model":"plain","prompt":"uvw","max_tokens":2,"echo":true,"logprobs":1})")
          .at("choices")
          .at(0)
          .as_object();
  EXPECT_EQ(choice.at("text"), "uvwxy");
  EXPECT_EQ(json::serialize(choice.at("logprobs").at("tokens")), R"(["<s>","u","v","w","x","y"])");
  EXPECT_EQ(json::serialize(choice.at("logprobs").at("text_offset")), "[0,0,1,2,3,4]");
}

TEST_F(OpenAiAnswers, OlderLogprobsKeepBytesApart) {
  hearth::testing::make_tiny_llama(models_folder() / "bytes.gguf", 3,
                                   {.next = {{"a", "<0xE2>"}, {"<0xE2>", "<0x82>"}, {"<0x82>", "<0xAC>"}}});
  manager_->refresh();
  const json::object logprobs =
      answer("/v1/completions", R"({"model":"bytes","prompt":"a","max_tokens":3,"logprobs":1})")
          .at("choices")
          .at(0)
          .at("logprobs")
          .as_object();
  EXPECT_EQ(json::serialize(logprobs.at("tokens")), R"(["bytes:\\xe2","bytes:\\x82","bytes:\\xac"])");
  EXPECT_TRUE(logprobs.at("top_logprobs").at(1).as_object().contains("bytes:\\x82")) << json::serialize(logprobs);
  EXPECT_EQ(json::serialize(logprobs.at("text_offset")), "[0,0,0]") << "one character";
}

TEST_F(OpenAiAnswers, ErrorsNameTheirField) {
  EXPECT_THAT(refusal("/v1/completions", R"({"model":"plain","prompt":[99999]})"), HasSubstr("prompt: prompt names"));
  EXPECT_THAT(refusal("/v1/completions", R"({"model":"plain","prompt":[[5],[288]]})"), HasSubstr("prompt[1]: "));
  const std::string long_text(80, 'a');
  const std::string long_prompt = refusal("/v1/completions", R"({"model":"plain","prompt":")" + long_text + R"("})");
  EXPECT_THAT(long_prompt, HasSubstr("prompt: the prompt has 81 tokens"));
  EXPECT_THAT(long_prompt, Not(HasSubstr("shift"))) << "which this API does not have";
  EXPECT_THAT(refusal("/v1/chat/completions",
                      R"({"model":"plain","messages":[{"role":"user","content":")" + long_text + R"("}]})"),
              HasSubstr("messages: the prompt has"));
  std::string bias = R"("0":-100)";
  for (int id = 1; id < 288; ++id) bias += ",\"" + std::to_string(id) + "\":-100";
  EXPECT_THAT(refusal("/v1/completions", R"({"model":"plain","prompt":"a","logit_bias":{)" + bias + "}}"),
              HasSubstr("logit_bias: logit_bias bans"));
  EXPECT_THAT(refusal("/v1/embeddings", R"({"model":"bert","input":"red","dimensions":33})"),
              HasSubstr("dimensions: dimensions is 33; this model has from 1 to 32"));
  EXPECT_THAT(refusal("/v1/embeddings", R"({"model":"bert","input":"red","task":"retrieval"})"), HasSubstr("task: "));
  const std::string schema =
      refusal("/v1/chat/completions", R"({"model":"tiny","messages":[{"role":"user","content":"x"}],"response_format":
      {"type":"json_schema","json_schema":{"name":"s","schema":{"type":"string","pattern":"(?=a)b"
}
}
}
})");
  EXPECT_THAT(schema, HasSubstr("response_format.json_schema.schema: "));
  EXPECT_THAT(schema, Not(HasSubstr("lenient"))) << "which this API does not have";
}

TEST_F(OpenAiAnswers, ModelsThatDoSomethingElseAreCalledByTheirNames) {
  const std::string chat =
      refusal("/v1/chat/completions", R"({"model":"bert","messages":[{"role":"user","content":"x"}]})");
  EXPECT_THAT(chat, HasSubstr("model: 'bert"));
  EXPECT_THAT(chat, Not(HasSubstr(folder_.path().string())));
  const OllamaReply reply = post("/v1/embeddings", R"({"model":"bert","input":"red","task":"x"})");
  EXPECT_THAT(reply.text, Not(HasSubstr(folder_.path().string())));
}

TEST_F(OpenAiAnswers, RerankNamesTheDocumentThatIsTooLong) {
  const std::string text(100, 'a');
  EXPECT_THAT(refusal("/v1/rerank", R"({"model":"bert","query":"red","documents":["car",")" + text + R"("]})"),
              HasSubstr("documents[1]: "));
  EXPECT_THAT(refusal("/v1/rerank", R"({"model":"bert","query":")" + text + R"(","documents":["car"]})"),
              HasSubstr("query: query has"));
}

TEST_F(OpenAiAnswers, SeedsHave64Bits) {
  for (const char* seed : {"9223372036854775808", "18446744073709551615", "-1", "0"})
    chat(std::string(R"("n":2,"seed":)") + seed);
  EXPECT_THAT(refusal("/v1/chat/completions",
                      R"({"model":"tiny","seed":18446744073709551616,"messages":[{"role":"user","content":"x"}]})"),
              HasSubstr("seed: "));
}

TEST_F(OpenAiAnswers, TokenizeRendersMessagesAsAChatWould) {
  hearth::testing::make_tiny_llama(models_folder() / "kw.gguf", 3,
                                   {.chat_template = "{{ extra | default('a') }}{% for m in messages %}{{ m.content }}"
                                                     "{% endfor %}"});
  manager_->refresh();
  const std::string request = R"({"model":"kw","messages":[{"role":"user","content":"x"}])";
  const json::value plain = answer("/v1/tokenize", request + "}").at("count");
  EXPECT_EQ(answer("/v1/tokenize", request + R"(,"chat_template_kwargs":{"extra":"abc"}})").at("count").as_int64(),
            plain.as_int64() + 2);
}

TEST(ResponseFormat, ObjectsThatListTheirMembersAreClosed) {
  for (const char* strict : {"true", "false"}) {
    const json::object body =
        parse_json(std::string(R"({"response_format":{"type":"json_schema","json_schema":{"strict":)") + strict +
                       R"(,"schema":{"type":"object","properties":{"a":{"items":{"properties":{}}},
        "b":{"properties":{},"additionalProperties":true}}}}}})",
                   "the body")
            .as_object();
    EXPECT_EQ(read_response_format(RequestFields(body), 1000).text,
              R"({"type":"object","properties":{"a":{"items":{"properties":{},"additionalProperties":false}},)"
              R"("b":{"properties":{},"additionalProperties":true}},"additionalProperties":false})");
  }
}

}  // namespace
}  // namespace hearth
