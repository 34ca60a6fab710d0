// Answers whose text a test chooses: calls of tools, reasoning, and what fails in the middle.
#include <gmock/gmock.h>

#include "server/api/ollama/ollama_test_house.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Script {
  std::string text;
  std::exception_ptr problem;  ///< at the end; nullptr: it ends well
};

/// A real model but for what it answers, which comes a few bytes at a time.
class ScriptedModel : public ServedModel {
 public:
  ScriptedModel(std::shared_ptr<ServedModel> inner, const Script& script) : inner_(std::move(inner)), script_(script) {}

  const ModelInfo& info() const override { return inner_->info(); }
  std::int64_t context() const override { return inner_->context(); }
  SamplingParams default_sampling() const override { return inner_->default_sampling(); }
  std::string token_text(TokenId id) const override { return inner_->token_text(id); }
  std::string token_bytes(TokenId id) const override { return inner_->token_bytes(id); }
  std::optional<TokenId> find_token(std::string_view text) const override { return inner_->find_token(text); }
  std::vector<TokenId> tokenize(std::string_view text, bool add, bool parse) const override {
    return inner_->tokenize(text, add, parse);
  }
  std::string detokenize(std::span<const TokenId> ids, bool skip) const override {
    return inner_->detokenize(ids, skip);
  }
  std::string render_chat(const std::vector<ChatMessage>& messages, const ChatOptions& options) const override {
    return inner_->render_chat(messages, options);
  }
  std::vector<TokenId> prompt_tokens(const GenerateRequest& request) const override {
    return inner_->prompt_tokens(request);
  }
  std::vector<TokenId> fitting_prompt_tokens(const GenerateRequest& request) const override {
    return inner_->fitting_prompt_tokens(request);
  }
  std::optional<OverlongText> find_overlong(std::string_view text) const override {
    return inner_->find_overlong(text);
  }
  std::vector<TokenId> embed_tokens(std::string_view text, const EmbedOptions& options) const override {
    return inner_->embed_tokens(text, options);
  }
  std::shared_ptr<Job> submit(Submission submission) override {
    struct DoneJob : Job {
      void cancel() override {}
    };
    constexpr std::size_t kPiece = 3;
    submission.on_start(1, 0);
    for (std::size_t at = 0; at < script_.text.size(); at += kPiece) {
      const std::string piece = script_.text.substr(at, kPiece);
      submission.on_piece({.text = piece, .logprobs = {}});
    }
    Generation generation;
    generation.text = script_.text;
    submission.on_done(std::move(generation), script_.problem);
    return std::make_shared<DoneJob>();
  }
  std::shared_ptr<Job> submit(EmbedSubmission submission) override { return inner_->submit(std::move(submission)); }
  ServingStats stats() const override { return inner_->stats(); }
  void drop_caches() override { inner_->drop_caches(); }
  void stop(std::chrono::milliseconds patience) override { inner_->stop(patience); }

 private:
  std::shared_ptr<ServedModel> inner_;
  const Script& script_;
};

class OllamaScripted : public OllamaHouse {
 protected:
  void SetUp() override {
    OllamaHouse::SetUp();
    loader_ = [this](const std::string& path, const ServingOptions& options) {
      return std::make_shared<ScriptedModel>(ServedModel::load(path, options), script_);
    };
  }
  OllamaReply chat(bool stream, const std::string& more = "") {
    return post("/api/chat", std::string(R"({"model":"plain","messages":[{"role":"user","content":"x"}],"stream":)") +
                                 (stream ? "true" : "false") + more + "}");
  }

  Script script_;
};

constexpr const char* kTools =
    R"(,"tools":[{"type":"function","function":{"name":"add","description":"adds","parameters":{"type":"object",)"
    R"("properties":{"a":{"type":"integer"},"b":{"type":"integer"}}}}},{"type":"function","function":{"name":"now"}}])";

TEST_F(OllamaScripted, WritesCallsWithArgumentsAsObjects) {
  script_.text =
      "Let me see.\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 2, \"b\": 3}}\n</tool_call>\n"
      "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
  OllamaReply reply = chat(false, kTools);
  ASSERT_EQ(reply.status, 200) << reply.text;
  json::object message = reply.last().at("message").as_object();
  EXPECT_EQ(message.at("content"), "Let me see.");
  json::array calls = message.at("tool_calls").as_array();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(json::serialize(calls[0].at("function")), R"({"index":0,"name":"add","arguments":{"a":2,"b":3}})");
  EXPECT_EQ(json::serialize(calls[1].at("function")), R"({"index":1,"name":"now","arguments":{}})");
  EXPECT_FALSE(calls[0].at("id").as_string().empty());
  EXPECT_EQ(reply.last().at("done_reason"), "stop");

  reply = chat(true, kTools);
  EXPECT_EQ(reply.answer(), "Let me see.");
  std::vector<std::string> functions;
  for (const json::object& line : reply.lines) {
    const json::value* some = line.at("message").as_object().if_contains("tool_calls");
    if (some == nullptr) continue;
    EXPECT_EQ(line.at("done"), false);
    EXPECT_EQ(line.at("message").at("content"), "");
    for (const json::value& call : some->as_array()) functions.push_back(json::serialize(call.at("function")));
  }
  EXPECT_THAT(functions, ElementsAre(R"({"index":0,"name":"add","arguments":{"a":2,"b":3}})",
                                     R"({"index":1,"name":"now","arguments":{}})"));
}

TEST_F(OllamaScripted, LeavesCallsOfNobodysToolsAsText) {
  script_.text = "<tool_call>\n{\"name\": \"rm\", \"arguments\": {}}\n</tool_call>";
  EXPECT_EQ(chat(false, kTools).answer(), script_.text);
  EXPECT_EQ(chat(true).answer(), script_.text);
}

TEST_F(OllamaScripted, RefusesToolsThatAreNone) {
  EXPECT_EQ(chat(false, R"(,"tools":[{"type":"web"}])").status, 400);
  EXPECT_EQ(chat(false, R"(,"tools":"add")").status, 400);
}

TEST_F(OllamaScripted, TellsAnErrorInTheMiddleAsALine) {
  script_ = {"Once upon", std::make_exception_ptr(Error(ErrorCode::kTimeout, "the time is up"))};
  OllamaReply reply = chat(true);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.answer(), "Once upon");
  EXPECT_EQ(reply.error(), "the time is up");
  EXPECT_EQ(json::serialize(reply.last()), R"({"error":"the time is up"})");
  reply = chat(false);
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(reply.error(), "the time is up");
}

}  // namespace
}  // namespace hearth
