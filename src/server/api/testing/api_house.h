// What tests of an API's handlers stand on: a manager with one model, "parrot", that says what the test tells it to,
// and a way to send a request through a router without a network.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task_threads.h"
#include "runtime/manager/model_manager.h"
#include "server/api/api_context.h"
#include "server/http/router.h"
#include "server/http/testing/recorded_exchange.h"
#include "server/metrics/metrics.h"
#include "server/metrics/server_log.h"
#include "support/fixtures.h"
#include "text/chat_template.h"

namespace hearth::testing {

/// What a model is to say, and what it was asked.
struct Script {
  std::vector<std::string> pieces;  ///< of the next answers
  FinishReason finish_reason = FinishReason::kStop;
  std::string stop_text;
  std::int64_t reused_tokens = 0;
  std::exception_ptr refusal;  ///< of submit()
  std::exception_ptr failure;  ///< behind the pieces
  std::string chat_template = std::string(ChatTemplate::builtin("chatml").source());
  std::int64_t context = 4096;

  std::optional<GenerateRequest> asked;
  Priority priority = Priority::kInteractive;  ///< it was asked with
};

/// A token is a byte. It answers inside submit(), so that nothing in a test depends on time.
class ScriptedModel : public ServedModel {
 public:
  explicit ScriptedModel(Script& script) : script_(script) {
    info_.chat_template = script.chat_template;
    info_.n_vocab = 256;
  }
  const ModelInfo& info() const override { return info_; }
  std::int64_t context() const override { return script_.context; }
  SamplingParams default_sampling() const override { return {}; }
  std::string token_text(TokenId id) const override { return token_bytes(id); }
  std::string token_bytes(TokenId id) const override { return std::string(1, static_cast<char>(id)); }
  std::optional<TokenId> find_token(std::string_view) const override { return std::nullopt; }
  std::vector<TokenId> tokenize(std::string_view text, bool, bool) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  std::string detokenize(std::span<const TokenId> ids, bool) const override {
    std::string text;
    for (const TokenId id : ids) text += static_cast<char>(id);
    return text;
  }
  std::string render_chat(const std::vector<ChatMessage>& messages, const ChatOptions& options) const override {
    TemplateInputs inputs;
    for (const ChatMessage& message : messages) {
      json::object object{{"role", message.role}, {"content", message.content}};
      if (!message.tool_calls_json.empty()) object["tool_calls"] = parse_json(message.tool_calls_json, "calls");
      if (!message.reasoning.empty()) object["reasoning_content"] = message.reasoning;
      inputs.messages.push_back(std::move(object));
    }
    if (!options.variables_json.empty()) inputs.extra = parse_json(options.variables_json, "variables").as_object();
    return ChatTemplate::parse(info_.chat_template, "parrot").render(inputs).text + options.answer_begin;
  }
  std::vector<TokenId> prompt_tokens(const GenerateRequest& request) const override {
    if (!request.prompt_ids.empty()) return request.prompt_ids;
    return tokenize(request.messages.empty() ? request.prompt : render_chat(request.messages, request.chat), true,
                    true);
  }
  std::vector<TokenId> embed_tokens(std::string_view text, const EmbedOptions&) const override {
    return tokenize(text, false, false);
  }

  std::shared_ptr<Job> submit(Submission submission) override {
    script_.asked = submission.request;
    script_.priority = submission.priority;
    if (script_.refusal) std::rethrow_exception(script_.refusal);
    const auto prompt = static_cast<std::int64_t>(prompt_tokens(submission.request).size());
    if (prompt >= script_.context) throw Error(ErrorCode::kContextLimit, "the prompt is too long");
    submission.on_start(prompt, std::min(prompt - 1, script_.reused_tokens));
    Generation generation;
    for (const std::string& piece : script_.pieces) {
      for (const char c : piece) generation.ids.push_back(static_cast<unsigned char>(c));
      std::vector<TokenLogprob> logprobs;
      if (submission.request.logprobs >= 0)
        for (const char c : piece) logprobs.push_back({static_cast<unsigned char>(c), -0.5F, {}});
      generation.text += piece;
      submission.on_piece({piece, logprobs});
    }
    generation.finish_reason = script_.finish_reason;
    generation.stop_text = script_.stop_text;
    generation.stats.prompt_tokens = prompt;
    generation.stats.reused_tokens = script_.reused_tokens;
    generation.stats.generated_tokens = static_cast<std::int64_t>(generation.ids.size());
    submission.on_done(std::move(generation), script_.failure);
    return std::make_shared<DoneJob>();
  }
  std::shared_ptr<Job> submit(EmbedSubmission) override { return nullptr; }
  ServingStats stats() const override { return {}; }
  void drop_caches() override {}
  void stop(std::chrono::milliseconds) override {}

 private:
  struct DoneJob : Job {
    void cancel() override {}
  };
  Script& script_;
  ModelInfo info_;
};

/// An event of a stream.
struct StreamEvent {
  std::string name;
  json::value data;
};

class ApiHouse : public ::testing::Test {
 protected:
  ApiHouse() {
    const std::filesystem::path models = folder_.path() / "models";
    std::filesystem::create_directories(models);
    std::ofstream(models / "parrot.gguf") << "no model";
    ModelManagerOptions options;
    options.models_dir = models.string();
    options.overlay_folder = (folder_.path() / "overlays").string();
    options.limits.memory = 1'000'000;
    options.loader = [this](const std::string&, const ServingOptions&) { return make_model_(); };
    options.estimate = [](const std::string&, const ModelOptions&) { return MemoryNeed{100, 10, 0}; };
    models_ = std::make_unique<ModelManager>(std::move(options));
    context_ = std::make_unique<ApiContext>(ApiContext{*models_, metrics_, log_, pool_, {}});
  }

  /// Sends a request to what router_ has for it; the answer may come later.
  std::shared_ptr<RecordedExchange> begin(const std::string& method, const std::string& path, const std::string& body,
                                          const std::string& key_name = {}) {
    HttpRequest request;
    request.method = method;
    const std::size_t mark = path.find('?');
    request.path = path.substr(0, mark);
    if (mark != std::string::npos) add_query(request, path.substr(mark + 1));
    request.body = body;
    request.id = "req-1";
    request.principal.key_name = key_name;
    std::vector<std::string> parts;
    for (std::size_t begin = 1; begin <= request.path.size();) {
      const std::size_t end = std::min(request.path.find('/', begin), request.path.size());
      parts.push_back(request.path.substr(begin, end - begin));
      begin = end + 1;
    }
    const Router::Match match = router_.find(method, parts);
    if (match.route == nullptr) throw std::runtime_error("no route for " + method + " " + path);
    request.path_params = match.params;
    request.route = match.route->pattern;
    auto exchange = std::make_shared<RecordedExchange>(std::move(request), match.route->options.dialect);
    try {
      match.route->handler(exchange);
    } catch (const Error& error) {
      exchange->fail(error);
    }
    return exchange;
  }
  /// Waits for the answer.
  std::shared_ptr<RecordedExchange> send(const std::string& method, const std::string& path, const std::string& body,
                                         const std::string& key_name = {}) {
    auto exchange = begin(method, path, body, key_name);
    exchange->wait();
    return exchange;
  }
  std::shared_ptr<RecordedExchange> post(const std::string& path, const std::string& body) {
    return send("POST", path, body);
  }

  static json::value body_of(const RecordedExchange& exchange) { return parse_json(exchange.body(), "the answer"); }
  static std::vector<StreamEvent> events_of(const RecordedExchange& exchange) {
    std::vector<StreamEvent> events;
    const std::string& body = exchange.body();
    for (std::size_t begin = 0; begin < body.size();) {
      const std::size_t end = body.find("\n\n", begin);
      const std::string block = body.substr(begin, end - begin);
      const std::size_t line = block.find("\ndata: ");
      if (!block.starts_with("event: ") || line == std::string::npos) throw std::runtime_error("no event: " + block);
      events.push_back({block.substr(7, line - 7), parse_json(block.substr(line + 7), "an event")});
      begin = end == std::string::npos ? body.size() : end + 2;
    }
    return events;
  }
  static std::vector<std::string> names_of(const std::vector<StreamEvent>& events) {
    std::vector<std::string> names;
    for (const StreamEvent& event : events) names.push_back(event.name);
    return names;
  }

  TemporaryFolder folder_;
  Script script_;
  /// What "parrot" is when it is loaded.
  std::function<std::shared_ptr<ServedModel>()> make_model_ = [this] {
    return std::make_shared<ScriptedModel>(script_);
  };
  Metrics metrics_;
  ServerLog log_{LogOptions{LogLevel::kOff, LogFormat::kText, {}}};
  TaskThreads pool_{1, {64, true}};
  std::unique_ptr<ModelManager> models_;
  std::unique_ptr<ApiContext> context_;
  Router router_;

 private:
  static void add_query(HttpRequest& request, const std::string& text) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('&', begin), text.size());
      const std::string pair = text.substr(begin, end - begin);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      request.query.emplace_back(pair.substr(0, equals), equals < pair.size() ? pair.substr(equals + 1) : "");
      begin = end + 1;
    }
  }
};

}  // namespace hearth::testing
