// /api/generate and /api/chat. What the tiny model says is known: each letter is followed by the next one, z by the
// end.
#include <gmock/gmock.h>

#include <regex>

#include "server/api/ollama/ollama_call.h"
#include "server/api/ollama/ollama_test_house.h"
#include "support/fake_served_model.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

class OllamaAnswers : public OllamaHouse {};

void expect_numbers(const json::object& line) {
  for (const char* name : {"total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count",
                           "eval_duration"}) {
    ASSERT_TRUE(line.contains(name)) << name;
    ASSERT_TRUE(line.at(name).is_int64()) << name;
    EXPECT_GE(line.at(name).as_int64(), 0) << name;
  }
}

TEST_F(OllamaAnswers, StreamsAGeneratedTextAsLines) {
  const OllamaReply reply = post("/api/generate", R"({"model":"plain","prompt":"uvw"})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.content_type, "application/x-ndjson");
  EXPECT_EQ(reply.answer(), "xyz");
  ASSERT_GE(reply.lines.size(), 2U);
  const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)");
  for (std::size_t i = 0; i + 1 < reply.lines.size(); ++i) {
    const json::object& line = reply.lines[i];
    EXPECT_EQ(line.at("model"), "plain");
    EXPECT_EQ(line.at("done"), false);
    EXPECT_TRUE(std::regex_match(std::string(line.at("created_at").as_string()), time));
    EXPECT_EQ(line.size(), 4U) << json::serialize(line);
  }
  const json::object& last = reply.last();
  EXPECT_EQ(last.at("done"), true);
  EXPECT_EQ(last.at("response"), "");
  EXPECT_EQ(last.at("done_reason"), "stop");
  expect_numbers(last);
  EXPECT_EQ(last.at("prompt_eval_count"), 4);  // <s> u v w
  EXPECT_GT(last.at("total_duration").as_int64(), last.at("eval_duration").as_int64());
  EXPECT_FALSE(last.contains("thinking"));
}

TEST_F(OllamaAnswers, AnswersAsAWhole) {
  const OllamaReply reply = post("/api/generate", R"({"model":"plain","prompt":"uvw","stream":false})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.content_type, "application/json");
  ASSERT_EQ(reply.lines.size(), 1U);
  EXPECT_EQ(reply.last().at("response"), "xyz");
  EXPECT_EQ(reply.last().at("done_reason"), "stop");
  expect_numbers(reply.last());
}

TEST_F(OllamaAnswers, RepeatsTheNameThatWasAskedFor) {
  EXPECT_EQ(post("/api/generate", R"({"model":"plain:latest","prompt":"x","stream":false})").last().at("model"),
            "plain:latest");
  EXPECT_EQ(post("/api/generate", R"({"model":"Plain","prompt":"x","stream":false})").last().at("model"), "Plain");
}

TEST_F(OllamaAnswers, GoesByOptions) {
  const auto run = [&](const std::string& options) {
    return post("/api/generate", R"({"model":"plain","prompt":"a","stream":false,"options":)" + options + "}");
  };
  OllamaReply reply = run(R"({"num_predict":3,"seed":1,"temperature":0})");
  EXPECT_EQ(reply.answer(), "bcd");
  EXPECT_EQ(reply.last().at("done_reason"), "length");
  EXPECT_EQ(reply.last().at("eval_count"), 3);
  reply = run(R"({"stop":["f"]})");
  EXPECT_EQ(reply.answer(), "bcde");
  EXPECT_EQ(reply.last().at("done_reason"), "stop");
  EXPECT_EQ(run(R"({"stop":"ef"})").answer(), "bcd");
  reply = run(R"({"temperature":"hot"})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.error(), HasSubstr("options.temperature"));
  EXPECT_EQ(run("[]").status, 400);
}

TEST_F(OllamaAnswers, GoesOnWithAContext) {
  const OllamaReply first =
      post("/api/generate", R"({"model":"plain","prompt":"ab","stream":false,"options":{"num_predict":2}})");
  const json::array& context = first.last().at("context").as_array();
  ASSERT_EQ(context.size(), 5U);  // <s> a b c d
  const OllamaReply next = post(
      "/api/generate", R"({"model":"plain","prompt":"w","stream":false,"context":)" + json::serialize(context) + "}");
  ASSERT_EQ(next.status, 200) << next.text;
  EXPECT_EQ(next.answer(), "xyz");
  EXPECT_EQ(next.last().at("prompt_eval_count"), 6);
  const OllamaReply wrong = post("/api/generate", R"({"model":"plain","prompt":"w","context":[99999]})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.error(), HasSubstr("context"));
  EXPECT_EQ(post("/api/generate", R"({"model":"plain","prompt":"w","context":["a"]})").status, 400);
}

TEST_F(OllamaAnswers, TakesARawPrompt) {
  const OllamaReply reply = post("/api/generate", R"({"model":"tiny","prompt":"x","raw":true,"stream":false})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.answer(), "yz");
  EXPECT_EQ(reply.last().at("prompt_eval_count"), 2);
  EXPECT_FALSE(reply.last().contains("context"));
  const OllamaReply both = post("/api/generate", R"({"model":"tiny","prompt":"x","raw":true,"system":"s"})");
  EXPECT_EQ(both.status, 400);
}

TEST_F(OllamaAnswers, GoesByTheModelsTemplateOrTheRequests) {
  const auto count = [&](const std::string& more) {
    const OllamaReply reply = post("/api/generate", R"({"model":"tiny","prompt":"xy","stream":false)" + more + "}");
    EXPECT_EQ(reply.status, 200) << reply.text;
    return reply.last().at("prompt_eval_count").as_int64();
  };
  EXPECT_EQ(count(""), 11);                  // <s> "user: xy|a"
  EXPECT_EQ(count(R"(,"system":"B")"), 21);  // and "system: B|"
  EXPECT_EQ(count(R"(,"template":"{{ .Prompt }}")"), 3);
  EXPECT_EQ(count(R"(,"template":"{{ .System }}{{ .Prompt }}","system":"B")"), 4);
  const OllamaReply reply =
      post("/api/generate", R"({"model":"tiny","prompt":"xy","stream":false,"template":"{{ .Prompt }}"})");
  EXPECT_EQ(reply.answer(), "z");
  const OllamaReply wrong = post("/api/generate", R"({"model":"tiny","prompt":"x","template":"{{ .Nothing }}"})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.error(), HasSubstr("template: line 1: the field '.Nothing' is not known"));
}

TEST_F(OllamaAnswers, HoldsAnswersToAForm) {
  const OllamaReply reply = post("/api/generate", R"({"model":"plain","prompt":"x","stream":false,"format":
      {"type":"object","properties":{"abc":{"type":"integer","maximum":9,"minimum":1}},"required":["abc"],
       "additionalProperties":false}})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const json::value value = parse_json(reply.answer(), "the answer");
  ASSERT_TRUE(value.at("abc").is_int64());
  EXPECT_EQ(value.as_object().size(), 1U);
  const OllamaReply any = post("/api/chat", R"({"model":"plain","messages":[{"role":"user","content":"x"}],
      "stream":false,"format":"json","options":{"num_predict":40,"temperature":0}})");
  ASSERT_EQ(any.status, 200) << any.text;
  EXPECT_THAT(any.answer(), ::testing::StartsWith("{"));
  for (const char* format : {"\"yaml\"", "5", "[]", R"({"type":"nothing"})"}) {
    const OllamaReply wrong =
        post("/api/generate", std::string(R"({"model":"plain","prompt":"x","format":)") + format + "}");
    EXPECT_EQ(wrong.status, 400) << format << wrong.text;
  }
}

TEST_F(OllamaAnswers, GivesProbabilities) {
  OllamaReply reply =
      post("/api/generate", R"({"model":"plain","prompt":"w","stream":false,"logprobs":true,"top_logprobs":2})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  json::array logprobs = reply.last().at("logprobs").as_array();
  ASSERT_EQ(logprobs.size(), 3U);
  EXPECT_EQ(logprobs[0].at("token"), "x");
  EXPECT_EQ(logprobs[0].at("bytes"), json::value(json::array{120}));
  EXPECT_NEAR(logprobs[0].at("logprob").as_double(), 0, 1e-3);
  EXPECT_EQ(logprobs[0].at("top_logprobs").as_array().size(), 2U);
  reply = post("/api/generate", R"({"model":"plain","prompt":"w","logprobs":true})");
  std::size_t n = 0;
  for (const json::object& line : reply.lines) {
    if (!line.contains("logprobs")) continue;
    for (const json::value& one : line.at("logprobs").as_array()) {
      EXPECT_FALSE(one.as_object().contains("top_logprobs"));
      ++n;
    }
  }
  EXPECT_EQ(n, 3U);
  EXPECT_EQ(post("/api/generate", R"({"model":"plain","prompt":"w","logprobs":true,"top_logprobs":21})").status, 400);
}

TEST_F(OllamaAnswers, LoadsAndUnloadsWithoutAPrompt) {
  OllamaReply reply = post("/api/generate", R"({"model":"plain","keep_alive":"10m"})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.last().at("done_reason"), "load");
  EXPECT_EQ(reply.last().at("response"), "");
  EXPECT_EQ(reply.last().at("done"), true);
  ASSERT_EQ(manager_->status().loaded.size(), 1U);
  EXPECT_EQ(manager_->status().loaded[0].keep_alive, std::chrono::minutes(10));
  reply = post("/api/chat", R"({"model":"plain","messages":[],"keep_alive":0})");
  EXPECT_EQ(reply.last().at("done_reason"), "unload");
  EXPECT_EQ(json::serialize(reply.last().at("message")), R"({"role":"assistant","content":""})");
  EXPECT_TRUE(hearth::testing::eventually([&] { return manager_->status().loaded.empty(); }));
  reply = post("/api/chat", R"({"model":"plain"})");
  EXPECT_EQ(reply.last().at("done_reason"), "load");
  HttpRequest request;
  request.body = R"({"model":"plain","keep_alive":0})";
  request.principal = {true, "reader", {Scope::kChat}};
  EXPECT_EQ(call("POST", "/api/generate", std::move(request)).status, 403);
}

TEST_F(OllamaAnswers, Chats) {
  OllamaReply reply = post("/api/chat", R"({"model":"plain","messages":[{"role":"user","content":"vw"}]})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.content_type, "application/x-ndjson");
  EXPECT_EQ(reply.answer(), "xyz");
  EXPECT_EQ(json::serialize(reply.lines[0].at("message")), R"({"role":"assistant","content":"x"})");
  EXPECT_EQ(json::serialize(reply.last().at("message")), R"({"role":"assistant","content":""})");
  EXPECT_EQ(reply.last().at("done_reason"), "stop");
  EXPECT_FALSE(reply.last().contains("context"));
  expect_numbers(reply.last());
  reply = post("/api/chat", R"({"model":"tiny","stream":false,"options":{"num_predict":3},"messages":[
      {"role":"system","content":"B"},{"role":"user","content":"x"}]})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  EXPECT_EQ(reply.answer(), "bcd");
  EXPECT_EQ(reply.last().at("prompt_eval_count"), 20);  // <s> "system: B|user: x|a"
}

TEST_F(OllamaAnswers, SaysThatAModelIsNotThere) {
  for (const char* path : {"/api/generate", "/api/chat"}) {
    const OllamaReply reply =
        post(path, R"({"model":"nobody","prompt":"x","messages":[{"role":"user","content":"x"}]})");
    EXPECT_EQ(reply.status, 404);
    EXPECT_THAT(reply.error(), HasSubstr("model 'nobody' not found"));
  }
  EXPECT_EQ(post("/api/generate", R"({"model":"nobody","keep_alive":0})").status, 404);
}

TEST_F(OllamaAnswers, RefusesWhatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "empty"},
      {"[]", "object"},
      {"{", "JSON"},
      {"{}", "model is missing"},
      {R"({"model":5})", "model must be a string"},
      {R"({"model":"plain","stream":"no"})", "stream"},
      {R"({"model":"plain","prompt":5})", "prompt"},
      {R"({"model":"plain","prompt":"x","keep_alive":"soon"})", "keep_alive"},
      {R"({"model":"plain","prompt":"x","think":5})", "think"},
      {R"({"model":"plain","prompt":"x","think":"loud"})", "'loud'"},
      {R"({"model":"plain","prompt":"x","think":true})", "does not support thinking"},
      {R"({"model":"plain","prompt":"x","images":["aGk="]})", "images"},
      {R"({"model":"plain","prompt":"x","suffix":"y"})", "suffix"},
      {R"({"model":"bert","prompt":"x"})", ""}};
  for (const auto& [body, message] : wrong) {
    const OllamaReply reply = post("/api/generate", body);
    EXPECT_EQ(reply.status, 400) << body << reply.text;
    EXPECT_THAT(reply.error(), HasSubstr(message)) << body;
    EXPECT_EQ(reply.last().size(), 1U);
  }
  EXPECT_EQ(post("/api/chat", R"({"model":"plain","messages":[{"role":"robot"}]})").status, 400);
}

TEST_F(OllamaAnswers, RefusesAPromptThatIsTooLong) {
  const OllamaReply reply = post("/api/generate", R"({"model":"plain","prompt":")" + std::string(200, 'a') + R"("})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.error(), HasSubstr("201"));
  EXPECT_THAT(reply.error(), HasSubstr("64"));
}

// As Ollama's server: ten times the context.
TEST_F(OllamaAnswers, AnAnswerWhoseContextShiftsEnds) {
  hearth::testing::make_tiny_llama(models_folder() / "endless.gguf", 3, {.next = {{"z", "a"}}});
  for (const char* options : {"{}", R"({"num_predict":-1})", R"({"num_predict":-3})", R"({"num_predict":100000})"}) {
    const OllamaReply reply = post("/api/generate", std::string(R"({"model":"endless","raw":true,"prompt":"a",)") +
                                                        R"("shift":true,"stream":false,"options":)" + options + "}");
    ASSERT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.last().at("eval_count"), 640) << options;
    EXPECT_EQ(reply.last().at("done_reason"), "length");
  }
}

TEST_F(OllamaAnswers, AnEmbeddingModelDoesNotGenerate) {
  for (const auto& [path, body] : {std::pair("/api/generate", R"({"model":"bert"})"),
                                   {"/api/generate", R"({"model":"bert","prompt":"x"})"},
                                   {"/api/chat", R"({"model":"bert","messages":[]})"},
                                   {"/api/chat", R"({"model":"bert","messages":[{"role":"user","content":"x"}]})"}}) {
    const OllamaReply reply = post(path, body);
    EXPECT_EQ(reply.status, 400) << body << reply.text;
    EXPECT_THAT(reply.error(), HasSubstr("does not generate"));
    EXPECT_THAT(reply.error(), ::testing::Not(HasSubstr(folder_.path().string())));
  }
  EXPECT_EQ(post("/api/generate", R"({"model":"bert","keep_alive":0})").last().at("done_reason"), "unload");
}

TEST(OllamaFormat, ThatListsItsMembersHasNoOthers) {
  const json::object body =
      parse_json(
          R"({"format":{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"properties":{}}}}})",
          "the body")
          .as_object();
  EXPECT_EQ(read_ollama_format(RequestFields(body), 1000).text,
            R"({"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},)"
            R"("$defs":{"b":{"properties":{},"additionalProperties":false}},"additionalProperties":false})");
}

}  // namespace
}  // namespace hearth
