// OpenAI's API, as its clients see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "serve/test_server.h"
#include "text/base64.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;

json::object chat(std::string_view text, json::object more = {}) {
  json::object body{{"model", "chat"}, {"messages", {{{"role", "user"}, {"content", text}}}}, {"temperature", 0}};
  for (auto& [key, value] : more) body[key] = value;
  return body;
}

std::string text_of(const json::value& answer) {
  return std::string(answer.at("choices").at(0).at("message").at("content").as_string());
}

class OpenAi : public ::testing::Test {
 protected:
  // One for all tests: they change nothing.
  static void SetUpTestSuite() { server_ = std::make_unique<TestServer>(); }
  static void TearDownTestSuite() { server_ = nullptr; }
  static const HttpClient& client() { return server_->client(); }
  static std::unique_ptr<TestServer> server_;
};
std::unique_ptr<TestServer> OpenAi::server_;

TEST_F(OpenAi, ModelsAreListedAndShown) {
  const json::value list = client().get("/v1/models").json();
  std::vector<std::string> ids;
  for (const json::value& model : list.at("data").as_array()) ids.emplace_back(model.at("id").as_string());
  EXPECT_THAT(ids, ::testing::UnorderedElementsAre("tiny", "chat", "bert"));
  EXPECT_EQ(list.at("first_id").as_string(), ids.front());
  EXPECT_EQ(list.at("last_id").as_string(), ids.back());
  EXPECT_EQ(list.at("has_more"), false);
  const json::value tiny = client().get("/v1/models/tiny").json();
  EXPECT_EQ(tiny.at("object").as_string(), "model");
  EXPECT_EQ(tiny.at("type").as_string(), "model");  // as Anthropic's clients expect it
  EXPECT_EQ(tiny.at("display_name").as_string(), "tiny");
  EXPECT_THAT(std::string(tiny.at("created_at").as_string()), ::testing::MatchesRegex("20..-..-..T..:..:..Z"));
  const HttpAnswer missing = client().get("/v1/models/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.json().at("error").at("code").as_string(), "model_not_found");
}

TEST_F(OpenAi, ABaseUrlWithoutV1IsToldSo) {
  for (const std::string& path :
       std::vector<std::string>{"/chat/completions", "/completions", "/embeddings", "/responses", "/messages"}) {
    const HttpAnswer answer = client().post(path, std::string("{}"));
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, HasSubstr("did you mean '/v1" + path + "'?"));
  }
  EXPECT_THAT(client().get("/models").body, HasSubstr("did you mean '/v1/models'?"));
}

TEST_F(OpenAi, AChatIsAnswered) {
  const HttpAnswer answer = client().post("/v1/chat/completions", chat("x"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json::value body = answer.json();
  EXPECT_EQ(text_of(body), "bcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(body.at("object").as_string(), "chat.completion");
  EXPECT_EQ(body.at("model").as_string(), "chat");
  EXPECT_THAT(std::string(body.at("id").as_string()), ::testing::StartsWith("chatcmpl-"));
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason").as_string(), "stop");
  EXPECT_EQ(body.at("choices").at(0).at("message").at("role").as_string(), "assistant");
  const json::value& usage = body.at("usage");
  EXPECT_EQ(usage.at("total_tokens").as_int64(),
            usage.at("prompt_tokens").as_int64() + usage.at("completion_tokens").as_int64());
  EXPECT_EQ(usage.at("completion_tokens").as_int64(), 26);  // with the end
}

TEST_F(OpenAi, AStreamSaysTheSame) {
  const HttpAnswer answer = client().post("/v1/chat/completions",
                                          chat("x", {{"stream", true}, {"stream_options", {{"include_usage", true}}}}));
  ASSERT_EQ(answer.status, 200);
  EXPECT_THAT(answer.header("content-type"), HasSubstr("text/event-stream"));
  bool done = false;
  const std::vector<json::value> events = events_of(answer.body, &done);
  EXPECT_TRUE(done);
  ASSERT_GE(events.size(), 4U);
  EXPECT_EQ(events.front().at("choices").at(0).at("delta").at("role").as_string(), "assistant");
  std::string text;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].at("id"), events[0].at("id"));
    EXPECT_EQ(events[i].at("created"), events[0].at("created"));
    EXPECT_EQ(events[i].at("object").as_string(), "chat.completion.chunk");
    const json::array& choices = events[i].at("choices").as_array();
    if (choices.empty()) continue;
    const json::object& delta = choices[0].at("delta").as_object();
    EXPECT_EQ(delta.contains("role"), i == 0);
    if (delta.contains("content")) text += delta.at("content").as_string();
    EXPECT_EQ(choices[0].at("finish_reason").is_null(), i + 2 < events.size());
  }
  EXPECT_EQ(text, "bcdefghijklmnopqrstuvwxyz");
  const json::value& finish = events[events.size() - 2];
  EXPECT_EQ(finish.at("choices").at(0).at("finish_reason").as_string(), "stop");
  EXPECT_TRUE(finish.at("choices").at(0).at("delta").as_object().empty());
  EXPECT_TRUE(finish.at("usage").is_null());
  EXPECT_TRUE(events.back().at("choices").as_array().empty());
  EXPECT_EQ(events.back().at("usage").at("completion_tokens").as_int64(), 26);
}

TEST_F(OpenAi, LimitsAndStops) {
  const json::value cut = client().post("/v1/chat/completions", chat("x", {{"max_tokens", 3}})).json();
  EXPECT_EQ(text_of(cut), "bcd");
  EXPECT_EQ(cut.at("choices").at(0).at("finish_reason").as_string(), "length");
  EXPECT_EQ(text_of(client().post("/v1/chat/completions", chat("x", {{"max_completion_tokens", 2}})).json()), "bc");
  for (const json::value& stop : {json::value("fg"), json::value(json::array{"zz", "fg"})}) {
    const json::value stopped = client().post("/v1/chat/completions", chat("x", {{"stop", stop}})).json();
    EXPECT_EQ(text_of(stopped), "bcde");
    EXPECT_EQ(stopped.at("choices").at(0).at("finish_reason").as_string(), "stop");
  }
}

TEST_F(OpenAi, SeveralChoices) {
  const json::value body = client().post("/v1/chat/completions", chat("x", {{"n", 3}, {"max_tokens", 4}})).json();
  ASSERT_EQ(body.at("choices").as_array().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(body.at("choices").at(i).at("index").as_int64(), static_cast<std::int64_t>(i));
    EXPECT_EQ(body.at("choices").at(i).at("message").at("content").as_string(), "bcde");
  }
  EXPECT_EQ(body.at("usage").at("completion_tokens").as_int64(), 12);
}

TEST_F(OpenAi, LogProbabilitiesAndBias) {
  const json::value body =
      client()
          .post("/v1/chat/completions", chat("x", {{"logprobs", true}, {"top_logprobs", 2}, {"max_tokens", 2}}))
          .json();
  const json::array& content = body.at("choices").at(0).at("logprobs").at("content").as_array();
  ASSERT_EQ(content.size(), 2U);
  EXPECT_EQ(content[0].at("token").as_string(), "b");
  EXPECT_NEAR(content[0].at("logprob").to_number<double>(), 0, 1e-6);
  EXPECT_EQ(content[0].at("bytes"), (json::value{98}));
  ASSERT_EQ(content[0].at("top_logprobs").as_array().size(), 2U);
  EXPECT_EQ(content[0].at("top_logprobs").at(0).at("token").as_string(), "b");
  EXPECT_LT(content[0].at("top_logprobs").at(1).at("logprob").to_number<double>(), -20);
  // Without "b" the tiny model finds everything else equally likely: the smallest id wins.
  const json::value ids = client().post("/v1/tokenize", {{"model", "chat"}, {"content", "ab"}}).json();
  const std::int64_t b = ids.at("tokens").as_array().back().as_int64();
  const json::value biased =
      client()
          .post("/v1/chat/completions", chat("x", {{"logit_bias", {{std::to_string(b), -100}}}, {"max_tokens", 1}}))
          .json();
  EXPECT_NE(text_of(biased), "b");
}

TEST_F(OpenAi, AnswersFitASchema) {
  const json::value schema = {
      {"type", "object"},
      {"properties",
       {{"letter", {{"enum", {"b", "c"}}}}, {"n", {{"type", "integer"}, {"maximum", 9}, {"minimum", 1}}}}},
      {"required", {"letter", "n"}},
      {"additionalProperties", false}};
  const json::value body =
      client()
          .post("/v1/chat/completions",
                chat("x", {{"response_format",
                            {{"type", "json_schema"},
                             {"json_schema", {{"name", "it"}, {"schema", schema}, {"strict", true}}}}}}))
          .json();
  const json::value answer = parse_json(text_of(body), "the answer");
  EXPECT_TRUE(answer.as_object().contains("letter"));
  EXPECT_GE(answer.at("n").as_int64(), 1);
  const HttpAnswer refused =
      client().post("/v1/chat/completions",
                    chat("x", {{"response_format",
                                {{"type", "json_schema"},
                                 {"json_schema", {{"name", "it"}, {"schema", {{"$ref", "http://elsewhere/"}}}}}}}}));
  EXPECT_EQ(refused.status, 400) << refused.body;
}

TEST_F(OpenAi, ToolsAreCalled) {
  const json::value tools = {{{"type", "function"},
                              {"function",
                               {{"name", "get"},
                                {"parameters",
                                 {{"type", "object"},
                                  {"properties", {{"x", {{"enum", {"b"}}}}}},
                                  {"required", {"x"}},
                                  {"additionalProperties", false}}}}}}};
  for (const json::value& choice :
       {json::value("required"), json::value{{"type", "function"}, {"function", {{"name", "get"}}}}}) {
    const HttpAnswer answer = client().post(
        "/v1/chat/completions", chat("x", {{"tools", tools}, {"tool_choice", choice}, {"parallel_tool_calls", false}}));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json::value body = answer.json();
    const json::value& first = body.at("choices").at(0);
    EXPECT_EQ(first.at("finish_reason").as_string(), "tool_calls");
    ASSERT_EQ(first.at("message").at("tool_calls").as_array().size(), 1U) << answer.body;
    const json::value& call = first.at("message").at("tool_calls").at(0);
    EXPECT_EQ(call.at("type").as_string(), "function");
    EXPECT_EQ(call.at("function").at("name").as_string(), "get");
    EXPECT_EQ(parse_json(call.at("function").at("arguments").as_string(), "arguments"), (json::value{{"x", "b"}}));
  }
}

TEST_F(OpenAi, Completions) {
  const json::value body =
      client()
          .post("/v1/completions", {{"model", "tiny"}, {"prompt", "abc"}, {"temperature", 0}, {"max_tokens", 4}})
          .json();
  EXPECT_EQ(body.at("object").as_string(), "text_completion");
  EXPECT_EQ(body.at("choices").at(0).at("text").as_string(), "defg");
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason").as_string(), "length");
  const json::value both = client()
                               .post("/v1/completions", {{"model", "tiny"},
                                                         {"prompt", {"ab", "wx"}},
                                                         {"temperature", 0},
                                                         {"max_tokens", 2},
                                                         {"echo", true},
                                                         {"n", 2}})
                               .json();
  const json::array& choices = both.at("choices").as_array();
  ASSERT_EQ(choices.size(), 4U);
  EXPECT_EQ(choices[0].at("text").as_string(), "abcd");
  EXPECT_EQ(choices[1].at("text").as_string(), "abcd");
  EXPECT_EQ(choices[3].at("text").as_string(), "wxyz");
  EXPECT_EQ(choices[3].at("index").as_int64(), 3);
}

TEST_F(OpenAi, CompletionLogProbabilitiesWithEcho) {
  const json::value body = client()
                               .post("/v1/completions", {{"model", "tiny"},
                                                         {"prompt", "abc"},
                                                         {"temperature", 0},
                                                         {"max_tokens", 1},
                                                         {"echo", true},
                                                         {"logprobs", 1}})
                               .json();
  const json::value& logprobs = body.at("choices").at(0).at("logprobs");
  const json::array& tokens = logprobs.at("tokens").as_array();
  EXPECT_EQ(tokens.back().as_string(), "d");
  EXPECT_TRUE(logprobs.at("token_logprobs").at(0).is_null());
  EXPECT_NEAR(logprobs.at("token_logprobs").as_array().back().to_number<double>(), 0, 1e-6);
  EXPECT_EQ(logprobs.at("top_logprobs").as_array().size(), tokens.size());
}

TEST_F(OpenAi, TextOffsetsAreTheSameStreamedOrNot) {
  json::object request{{"model", "tiny"}, {"prompt", "abc"}, {"temperature", 0}, {"max_tokens", 3}, {"logprobs", 1}};
  const json::value plain = client().post("/v1/completions", request).json();
  EXPECT_EQ(plain.at("choices").at(0).at("logprobs").at("text_offset"), (json::array{0, 1, 2}));
  json::object echoed = request;
  echoed["echo"] = true;
  const json::value logprobs = client().post("/v1/completions", echoed).json().at("choices").at(0).at("logprobs");
  const json::array& offsets = logprobs.at("text_offset").as_array();
  ASSERT_GE(offsets.size(), 3U);
  EXPECT_EQ(offsets.front(), 0);
  EXPECT_EQ(json::array(offsets.end() - 3, offsets.end()), (json::array{3, 4, 5}));
  echoed["stream"] = true;
  EXPECT_EQ(client().post("/v1/completions", echoed).status, 400) << "better than leaving the prompt's out";
}

TEST_F(OpenAi, CountsTheSameTokensOfAConversationAsItAnswers) {
  for (const char* model : {"chat", "tiny"}) {  // the second has no chat template of its own
    const json::array messages{{{"role", "user"}, {"content", "abc"}}};
    const json::value counted = client().post("/v1/tokenize", {{"model", model}, {"messages", messages}}).json();
    const json::value answered =
        client().post("/v1/chat/completions", {{"model", model}, {"messages", messages}, {"max_tokens", 1}}).json();
    EXPECT_EQ(counted.at("count"), answered.at("usage").at("prompt_tokens")) << model;
  }
}

TEST_F(OpenAi, ABanOfEverythingIsABadRequest) {
  json::object bans{{"1000000", -100}};
  std::string size =
      client().post("/v1/completions", {{"model", "tiny"}, {"prompt", "abc"}, {"logit_bias", bans}}).body;
  size = size.substr(size.find("this model has ") + 15);
  bans.clear();
  for (int id = 0; id < std::stoi(size); ++id) bans[std::to_string(id)] = -100;
  const auto reply = client().post("/v1/completions", {{"model", "tiny"}, {"prompt", "abc"}, {"logit_bias", bans}});
  EXPECT_EQ(reply.status, 400) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr("logit_bias bans every token"));
}

TEST_F(OpenAi, NamesTheFieldOfWhatCannotBeEnforced) {
  const std::vector<std::pair<std::string, json::value>> wrong = {
      {"guided_regex", "(("},           {"grammar", "root ::= nothing"},
      {"guided_choice", json::array()}, {"json_schema", {{"type", "nonsense"}}},
      {"logit_bias", {{"100000", 1}}},  {"reasoning_format", "poem"}};
  for (const auto& [field, value] : wrong) {
    json::object request{{"model", "chat"}, {"messages", {{{"role", "user"}, {"content", "a"}}}}, {"max_tokens", 1}};
    request[field] = value;
    const auto reply = client().post("/v1/chat/completions", request);
    EXPECT_EQ(reply.status, 400) << field;
    EXPECT_EQ(reply.json().at("error").at("param"), json::value(field)) << reply.body;
  }
}

TEST_F(OpenAi, AWrongRequestLoadsNoModel) {
  client().post("/hearth/models/unload", {{"model", "chat"}});
  const json::array messages{{{"role", "user"}, {"content", "a"}}};
  for (const json::object& more : {json::object{{"temperature", "hot"}}, {{"stop", 7}}, {{"tools", 1}}}) {
    json::object request{{"model", "chat"}, {"messages", messages}, {"prompt", "a"}};
    request.insert(more.begin(), more.end());
    EXPECT_EQ(client().post("/v1/chat/completions", request).status, 400);
    if (more.contains("tools")) continue;  // which completions do not know
    EXPECT_EQ(client().post("/v1/completions", request).status, 400);
  }
  const json::value status = client().get("/hearth/status").json();
  for (const json::value& model : status.at("models").as_array()) EXPECT_NE(model.at("model"), "chat");
  EXPECT_EQ(status.at("loading"), 0);
}

TEST_F(OpenAi, CachedTokensAreThoseOfTheFirstChoice) {
  const json::value body =
      client()
          .post("/v1/completions", {{"model", "tiny"}, {"prompt", std::string(40, 'q')}, {"n", 3}, {"max_tokens", 1}})
          .json();
  EXPECT_LT(body.at("usage").at("prompt_tokens_details").at("cached_tokens").as_int64(), 30)
      << "a new prompt: what later choices find was read for the first";
}

TEST_F(OpenAi, TokensAsPrompt) {
  const json::value ids = client().post("/v1/tokenize", {{"model", "tiny"}, {"content", "abc"}}).json().at("tokens");
  const json::value body =
      client()
          .post("/v1/completions", {{"model", "tiny"}, {"prompt", ids}, {"temperature", 0}, {"max_tokens", 2}})
          .json();
  EXPECT_EQ(body.at("choices").at(0).at("text").as_string(), "de");
  const json::value text = client().post("/v1/detokenize", {{"model", "tiny"}, {"tokens", ids}}).json();
  EXPECT_THAT(std::string(text.at("content").as_string()), HasSubstr("abc"));
}

TEST_F(OpenAi, EmbeddingsInBothEncodings) {
  const json::value plain =
      client().post("/v1/embeddings", {{"model", "bert"}, {"input", {"red car", "a cat"}}, {"dimensions", 8}}).json();
  const json::array& data = plain.at("data").as_array();
  ASSERT_EQ(data.size(), 2U);
  ASSERT_EQ(data[0].at("embedding").as_array().size(), 8U);
  EXPECT_GT(plain.at("usage").at("total_tokens").as_int64(), 0);
  const json::value coded =
      client()
          .post("/v1/embeddings",
                {{"model", "bert"}, {"input", "red car"}, {"dimensions", 8}, {"encoding_format", "base64"}})
          .json();
  const auto bytes = decode_base64(coded.at("data").at(0).at("embedding").as_string());
  ASSERT_TRUE(bytes && bytes->size() == 8 * sizeof(float));
  for (std::size_t i = 0; i < 8; ++i) {
    float value = 0;
    std::memcpy(&value, bytes->data() + i * sizeof(float), sizeof(float));
    EXPECT_FLOAT_EQ(value, static_cast<float>(data[0].at("embedding").at(i).to_number<double>()));
  }
}

TEST_F(OpenAi, Rerank) {
  const json::value body = client()
                               .post("/v1/rerank", {{"model", "bert"},
                                                    {"query", "red car"},
                                                    {"documents", {"a cat", "red car", "the"}},
                                                    {"top_n", 2},
                                                    {"return_documents", true}})
                               .json();
  const json::array& results = body.at("results").as_array();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].at("index").as_int64(), 1);
  EXPECT_NEAR(results[0].at("relevance_score").to_number<double>(), 1, 1e-5);
  EXPECT_EQ(results[0].at("document").at("text").as_string(), "red car");
}

TEST_F(OpenAi, TokensOfTextsToEmbedAreCounted) {
  const auto counted = [&] {
    return client().get("/hearth/dashboard").json().at("totals").at("prompt_tokens").to_number<std::int64_t>();
  };
  std::int64_t sum = counted();
  const auto add = [&](const HttpAnswer& answer, const char* field) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json::value body = answer.json();
    const json::value& usage = std::string_view(field) == "total_tokens" ? body.at("usage") : body;
    EXPECT_GT(usage.at(field).to_number<std::int64_t>(), 0);
    sum += usage.at(field).to_number<std::int64_t>();
    EXPECT_EQ(counted(), sum);
  };
  add(client().post("/v1/embeddings", {{"model", "bert"}, {"input", {"red car", "a cat"}}}), "total_tokens");
  add(client().post("/v1/rerank", {{"model", "bert"}, {"query", "red"}, {"documents", {"a cat", "red car"}}}),
      "total_tokens");
  add(client().post("/api/embed", {{"model", "bert"}, {"input", "red car"}}), "prompt_eval_count");
}

TEST_F(OpenAi, ThePromptOfSeveralChoicesCountsForEach) {
  const auto counted = [&] {
    return client().get("/hearth/dashboard").json().at("totals").at("prompt_tokens").to_number<std::int64_t>();
  };
  const std::int64_t before = counted();
  json::object request{{"model", "tiny"}, {"prompt", "abc"}, {"max_tokens", 1}};
  ASSERT_EQ(client().post("/v1/completions", request).status, 200);
  const std::int64_t once = counted() - before;
  request["n"] = 3;
  ASSERT_EQ(client().post("/v1/completions", request).status, 200);
  EXPECT_EQ(counted() - before, 4 * once);
  EXPECT_THAT(client().get("/metrics").body,
              HasSubstr("# HELP hearth_prompt_tokens_total Tokens of prompts, which count "
                        "once for each choice (n)"));
}

TEST_F(OpenAi, MistakesAreTheClients) {
  struct Case {
    const char *path, *body, *param;
    int status;
  };
  const Case cases[] = {
      {"/v1/chat/completions", "", "", 400},
      {"/v1/chat/completions", "{", "", 400},
      {"/v1/chat/completions", "[]", "", 400},
      {"/v1/chat/completions", R"({"messages":[]})", "model", 400},
      {"/v1/chat/completions", R"({"model":"chat"})", "messages", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[]})", "messages", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user"}]})", "messages[0].content", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"robot","content":"x"}]})", "messages[0].role",
       400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user","content":7}]})", "messages[0].content",
       400},
      {"/v1/chat/completions",
       R"({"model":"chat","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]})",
       "messages[0].content[0].type", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user","content":"x"}],"temperature":"hot"})",
       "temperature", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user","content":"x"}],"top_p":7})", "top_p",
       400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user","content":"x"}],"n":1000})", "n", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user","content":"x"}],"max_tokens":"many"})",
       "max_tokens", 400},
      {"/v1/chat/completions", R"({"model":"chat","messages":[{"role":"user","content":"x"}],"logit_bias":{"x":1}})",
       "logit_bias", 400},
      {"/v1/chat/completions",
       R"({"model":"chat","messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}})",
       "response_format.type", 400},
      {"/v1/chat/completions", R"({"model":"none","messages":[{"role":"user","content":"x"}]})", "model", 404},
      {"/v1/chat/completions", R"({"model":"bert","messages":[{"role":"user","content":"x"}]})", "", 400},
      {"/v1/completions", R"({"model":"tiny","prompt":{"a":1}})", "prompt", 400},
      {"/v1/completions", R"({"model":"tiny","prompt":[99999999]})", "", 400},
      {"/v1/completions", R"({"model":"tiny","prompt":"a","suffix":"b"})", "suffix", 400},
      {"/v1/embeddings", R"({"model":"bert","input":""})", "input", 400},
      {"/v1/embeddings", R"({"model":"bert","input":"a","dimensions":99999})", "", 400},
      {"/v1/embeddings", R"({"model":"bert","input":["a",{}]})", "input[1]", 400},
      {"/v1/detokenize", R"({"model":"tiny","tokens":[-1]})", "tokens", 400},
  };
  for (const Case& one : cases) {
    const HttpAnswer answer = client().post(one.path, std::string(one.body));
    EXPECT_EQ(answer.status, one.status) << one.path << " " << one.body << " → " << answer.body;
    const json::value body = answer.json();
    const json::object& error = body.at("error").as_object();
    EXPECT_FALSE(error.at("message").as_string().empty());
    for (const char* key : {"type", "param", "code"}) EXPECT_TRUE(error.contains(key)) << answer.body;
    if (*one.param != '\0') {
      EXPECT_EQ(error.at("param"), json::value(one.param)) << one.body << " → " << answer.body;
    }
  }
}

TEST_F(OpenAi, TextsToTokenizeAreBounded) {
  const HttpAnswer answer =
      client().post("/v1/tokenize", {{"model", "tiny"}, {"content", std::string(2 << 20, 'a')}, {"with_pieces", true}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("error").at("param").as_string(), "content");
}

TEST_F(OpenAi, TooLongAPromptNamesBothCounts) {
  const HttpAnswer answer =
      client().post("/v1/completions", {{"model", "tiny"}, {"prompt", std::string(500, 'a')}, {"max_tokens", 1}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("error").at("code").as_string(), "context_length_exceeded");
  EXPECT_THAT(answer.body, HasSubstr("64"));
  EXPECT_THAT(answer.body, ::testing::ContainsRegex("50[0-9]"));
}

TEST_F(OpenAi, SixteenAtOnceSayWhatOneSays) {
  std::vector<std::string> texts(16);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&texts, i] {
      const bool stream = i % 2 == 1;
      const HttpAnswer answer =
          client().post("/v1/chat/completions", chat(std::string(i + 1, 'q'), {{"stream", stream}}));
      if (!stream) {
        texts[i] = text_of(answer.json());
        return;
      }
      for (const json::value& event : events_of(answer.body)) {
        if (const auto* content = event.at("choices").at(0).at("delta").as_object().if_contains("content"))
          texts[i] += content->as_string();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, "bcdefghijklmnopqrstuvwxyz");
}

TEST_F(OpenAi, WhatRunsTheServerIsTold) {
  EXPECT_EQ(client().get("/health").status, 200);
  EXPECT_EQ(client().get("/ready").status, 200);
  client().post("/v1/completions", {{"model", "tiny"}, {"prompt", "a"}, {"max_tokens", 1}});
  const HttpAnswer metrics = client().get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.body, HasSubstr("hearth_"));
  const json::value status = client().get("/hearth/status").json();
  EXPECT_GE(status.at("models").as_array().size(), 1U);
  EXPECT_EQ(client().post("/hearth/models/reload", {{"model", "tiny"}}).status, 200);
  EXPECT_EQ(client().post("/hearth/models/unload", {{"model", "tiny"}}).status, 200);
}

}  // namespace
}  // namespace hearth::testing
