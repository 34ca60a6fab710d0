// Ollama's routes over a manager of tiny models, without a network: what the tests of the endpoints share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task_threads.h"
#include "runtime/manager/model_manager.h"
#include "server/api/model_answer.h"
#include "server/api/ollama/ollama_api.h"
#include "server/http/testing/recorded_exchange.h"
#include "server/metrics/metrics.h"
#include "server/metrics/server_log.h"
#include "support/environment.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {

struct OllamaReply {
  int status = 0;
  std::string content_type, text;
  std::vector<json::object> lines;  ///< of a body that is JSON, or lines of it

  const json::object& last() const { return lines.back(); }
  std::string error() const {
    return lines.empty() || !lines.back().contains("error") ? "" : std::string(lines.back().at("error").as_string());
  }
  /// "response" or "message.content" of all lines.
  std::string answer() const {
    std::string answer;
    for (const json::object& line : lines) {
      if (const json::value* part = line.if_contains("response")) answer += part->as_string();
      if (const json::value* message = line.if_contains("message")) answer += message->at("content").as_string();
    }
    return answer;
  }
};

/// Models "tiny" (with a chat template), "plain" (without), "bert". Each letter is followed by the next, by certain z.
class OllamaHouse : public ::testing::Test {
 protected:
  static constexpr const char* kTemplate =
      "{%- for m in messages -%}{{- m['role'] -}}: {{ m['content'] -}}|{%- endfor -%}{{- 'a' -}}";

  void SetUp() override {
    for (const auto& [name, folder] : {std::pair("HEARTH_CACHE_HOME", "cache"),
                                       {"HEARTH_DATA_HOME", "data"},
                                       {"HEARTH_CONFIG_HOME", "config"},
                                       {"HF_HOME", "hf"},
                                       {"HOME", "home"},
                                       {"OLLAMA_MODELS", "ollama"},
                                       {"LLAMA_CACHE", "llama.cpp"}})
      environment_.set(name, (folder_.path() / folder).string());
    std::filesystem::create_directories(models_folder());
    hearth::testing::make_tiny_llama(models_folder() / "tiny.gguf", 1, {.chat_template = kTemplate, .license = "MIT"});
    hearth::testing::make_tiny_llama(models_folder() / "plain.gguf", 2);
    hearth::testing::make_tiny_bert(models_folder() / "bert.gguf");
  }

  std::filesystem::path models_folder() const { return folder_.path() / "models"; }

  /// With the models above, or with whatever lies in Hearth's own folders.
  void start(bool library = false) {
    ModelManagerOptions options;
    if (!library) options.models_dir = models_folder().string();
    options.overlay_folder = (folder_.path() / "overlays").string();
    options.limits.memory = std::uint64_t{1} << 30;
    options.serving.model.threads = 1;
    options.serving.max_running = 4;
    options.loader = loader_;
    manager_ = std::make_unique<ModelManager>(std::move(options));
    context_ = std::make_unique<ApiContext>(ApiContext{*manager_, metrics_, log_, pool_, {}});
    router_ = std::make_unique<Router>();
    add_ollama_routes(*router_, *context_);
  }
  void TearDown() override {
    router_.reset();
    pool_.stop();
    if (manager_) manager_->stop(std::chrono::milliseconds(0));
  }

  /// Begins; the exchange is complete after its wait().
  std::shared_ptr<hearth::testing::RecordedExchange> begin(const std::string& method, const std::string& path,
                                                           HttpRequest request) {
    if (!router_) start();
    std::vector<std::string> parts;
    for (std::size_t at = 1; at <= path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      parts.push_back(path.substr(at, end - at));
      at = end + 1;
    }
    request.method = method;
    request.path = path;
    const Router::Match match = router_->find(method, parts);
    if (match.route == nullptr) throw std::runtime_error("no route " + method + " " + path);
    request.path_params = match.params;
    const auto exchange = std::make_shared<hearth::testing::RecordedExchange>(std::move(request));
    try {
      match.route->handler(exchange);
    } catch (...) {
      exchange->fail(to_http_error(std::current_exception()));
    }
    return exchange;
  }
  OllamaReply call(const std::string& method, const std::string& path, HttpRequest request) {
    const auto exchange = begin(method, path, std::move(request));
    exchange->wait();
    OllamaReply reply{exchange->status(), exchange->content_type(), exchange->body(), {}};
    for (std::size_t at = 0; at < reply.text.size();) {
      const std::size_t end = std::min(reply.text.find('\n', at), reply.text.size());
      const std::string line = reply.text.substr(at, end - at);
      if (line.starts_with('{')) reply.lines.push_back(parse_json(line, "a line").as_object());
      at = end + 1;
    }
    return reply;
  }
  OllamaReply call(const std::string& method, const std::string& path, std::string_view body = "") {
    HttpRequest request;
    request.body = body;
    return call(method, path, std::move(request));
  }
  OllamaReply post(const std::string& path, std::string_view body) { return call("POST", path, body); }

  hearth::testing::TemporaryFolder folder_;
  hearth::testing::Environment environment_;
  ModelLoader loader_;  ///< empty: the real one
  Metrics metrics_;
  ServerLog log_{LogOptions{LogLevel::kOff, LogFormat::kText, ""}};
  TaskThreads pool_{2, {64, true}};
  std::unique_ptr<ModelManager> manager_;
  std::unique_ptr<ApiContext> context_;
  std::unique_ptr<Router> router_;
};

}  // namespace hearth
