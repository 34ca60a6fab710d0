// The routes of conversations over a store of their own and a model that a test holds in the middle of its answers.
#pragma once

#include <gmock/gmock.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/api/conversations/conversations_api.h"
#include "server/api/testing/api_house.h"

namespace hearth::testing {

/// An answer in the hands of a test. As with a model, its callbacks come one at a time, and nothing behind the end.
class HeldAnswer : public Job {
 public:
  explicit HeldAnswer(Submission submission) : submission_(std::move(submission)) {}

  const GenerateRequest& request() const { return submission_.request; }
  void start(std::int64_t prompt_tokens) {
    const std::lock_guard lock(mutex_);
    if (is_done_) return;
    prompt_tokens_ = prompt_tokens;
    submission_.on_start(prompt_tokens, 0);
  }
  void say(const std::string& piece) {
    const std::lock_guard lock(mutex_);
    if (is_done_) return;
    text_ += piece;
    ++n_pieces_;
    submission_.on_piece({piece, {}});
  }
  void finish(FinishReason reason = FinishReason::kStop, const std::exception_ptr& problem = nullptr) {
    const std::lock_guard lock(mutex_);
    if (is_done_.exchange(true)) return;
    Generation generation;
    generation.text = text_;
    generation.finish_reason = reason;
    generation.stats.prompt_tokens = prompt_tokens_;
    generation.stats.reused_tokens = 1;
    generation.stats.generated_tokens = n_pieces_;
    generation.stats.generate_seconds = 0.5;
    submission_.on_done(std::move(generation), problem);
  }
  void cancel() override { finish(FinishReason::kCancelled); }
  bool is_done() const { return is_done_; }

 private:
  Submission submission_;
  std::recursive_mutex mutex_;
  std::string text_;
  std::int64_t prompt_tokens_ = 0, n_pieces_ = 0;
  std::atomic<bool> is_done_{false};
};

/// What a model that holds its answers was asked, in order.
class HeldAnswers {
 public:
  std::shared_ptr<HeldAnswer> add(Submission submission) {
    auto answer = std::make_shared<HeldAnswer>(std::move(submission));
    const std::lock_guard lock(mutex_);
    all_.push_back(answer);
    changed_.notify_all();
    return answer;
  }
  /// The `n`th one, waited for.
  std::shared_ptr<HeldAnswer> at(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return all_.size() > n; }))
      throw std::runtime_error("the model was not asked");
    return all_[n];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<HeldAnswer>> all_;
};

class HoldingModel : public ScriptedModel {
 public:
  HoldingModel(Script& script, HeldAnswers& held) : ScriptedModel(script), held_(held) {}
  using ScriptedModel::submit;
  std::shared_ptr<Job> submit(Submission submission) override { return held_.add(std::move(submission)); }

 private:
  HeldAnswers& held_;
};

class ConversationsHouse : public ApiHouse {
 protected:
  ConversationsHouse() { open(); }
  ~ConversationsHouse() override { conversations_.reset(); }

  std::string database() const { return (folder_.path() / "data" / "hearth.db").string(); }
  void open() {
    conversations_ = std::make_unique<Conversations>(*context_, database());
    router_ = Router();
    add_conversation_routes(router_, *conversations_);
  }
  /// Its answers are the test's: held_.at(n).
  void hold_answers() {
    make_model_ = [this] { return std::make_shared<HoldingModel>(script_, held_); };
  }

  /// The body of an answer with this status.
  json::value ask(const std::string& method, const std::string& path, const json::value& body = nullptr,
                  int status = 200, const std::string& key = {}) {
    const auto exchange = send(method, path, body.is_null() ? "" : json::serialize(body), key);
    EXPECT_EQ(exchange->status(), status) << method << " " << path << ": " << exchange->body();
    return parse_json(exchange->body(), path, 200);
  }
  json::value get(const std::string& path) { return ask("GET", path); }
  json::value post(const std::string& path, const json::value& body, int status = 200) {
    return ask("POST", path, body, status);
  }
  /// The "param" of an error with this status.
  std::string refused(const std::string& method, const std::string& path, const json::value& body, int status = 400) {
    const json::value error = ask(method, path, body, status).at("error");
    return error.at("param").is_null() ? "" : text(error.at("param"));
  }
  static std::string text(const json::value& value) { return std::string(value.as_string()); }

  std::string conversation(json::object body = {}) {
    if (!body.contains("model")) body["model"] = "parrot";
    return text(post("/api/conversations", body, 201).at("id"));
  }
  /// Sends it and gives what came back.
  json::value say(const std::string& id, json::object body) {
    return post("/api/conversations/" + id + "/messages", body, 202);
  }
  json::value say(const std::string& id, const std::string& content) { return say(id, {{"content", content}}); }
  static std::string answer_of(const json::value& sent, std::size_t n = 0) {
    return text(sent.at("answers").at(n).at("id"));
  }
  /// Waits for the end of an answer and gives it.
  json::value finished(const std::string& id, const std::string& message) {
    const auto events = follow(id, message);
    EXPECT_EQ(events.back().name, "done");
    return events.back().data;
  }
  std::vector<StreamEvent> follow(const std::string& id, const std::string& message) {
    return events_of(*send("GET", "/api/conversations/" + id + "/messages/" + message + "/events", ""));
  }
  /// Roles and texts of the shown path.
  std::vector<std::string> shown(const std::string& id) {
    std::vector<std::string> lines;
    const json::value conversation = get("/api/conversations/" + id);
    for (const json::value& message : conversation.at("messages").as_array())
      lines.push_back(text(message.at("role")) + ": " + text(message.at("content")));
    return lines;
  }
  static std::vector<std::string> asked(const GenerateRequest& request) {
    std::vector<std::string> lines;
    for (const ChatMessage& message : request.messages) lines.push_back(message.role + ": " + message.content);
    return lines;
  }

  HeldAnswers held_;
  std::unique_ptr<Conversations> conversations_;
};

}  // namespace hearth::testing
