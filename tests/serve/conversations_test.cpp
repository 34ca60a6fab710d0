// Kept conversations on a whole server: real models, other processes, and kill -9 in the middle of an answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "hearth/conversations.h"
#include "serve/serve_process.h"
#include "serve/test_server.h"
#include "server/http/testing/raw_client.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::string new_conversation(const HttpClient& client, const json::value& body) {
  return text_of(client.post("/api/conversations", body).json().at("id"));
}

json::value send(const HttpClient& client, const std::string& id, const json::value& body) {
  const auto reply = client.post("/api/conversations/" + id + "/messages", body);
  EXPECT_EQ(reply.status, 202) << reply.body;
  return reply.json().at("answers").at(0);
}

/// The answer when it is no longer running.
json::value ended(const HttpClient& client, const std::string& id) {
  for (int i = 0; i < 1000; ++i) {
    const json::value last = client.get("/api/conversations/" + id).json().at("messages").as_array().back();
    if (last.at("state") != "running") return last;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw std::runtime_error("the answer does not end");
}

TEST(ServedConversations, ContinuingGoesOnExactlyWhereItStopped) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  ServeOptions options;
  options.models = {(fixtures / "real" / "stories260K.gguf").string()};
  TestServer server(options);
  const HttpClient& client = server.client();
  const json::value greedy = {{"temperature", 0}, {"max_tokens", 60}};
  const std::string whole = new_conversation(client, {{"model", "stories260K"}, {"parameters", greedy}});
  send(client, whole, {{"content", "Tell me about Lily"}});
  const std::string all = text_of(ended(client, whole).at("content"));
  ASSERT_GT(all.size(), 60U);
  const std::string parts =
      new_conversation(client, {{"model", "stories260K"}, {"parameters", {{"temperature", 0}, {"max_tokens", 12}}}});
  const std::string answer = text_of(send(client, parts, {{"content", "Tell me about Lily"}}).at("id"));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ended(client, parts).at("finish_reason"), "length");
    EXPECT_EQ(client.post("/api/conversations/" + parts + "/messages/" + answer + "/continue", std::string()).status,
              202);
  }
  const json::value last = ended(client, parts);
  EXPECT_EQ(text_of(last.at("content")), all);
  EXPECT_EQ(last.at("completion_tokens"), 60);
}

TEST(ServedConversations, JsonGoesOnInsideItsSchema) {
  TestServer server;
  const HttpClient& client = server.client();
  const json::value schema = {{"type", "object"},
                              {"properties", {{"a", {{"type", "string"}, {"minLength", 20}, {"maxLength", 30}}}}},
                              {"required", {"a"}},
                              {"additionalProperties", false}};
  const json::value format = {{"type", "json_schema"}, {"json_schema", {{"name", "n"}, {"schema", schema}}}};
  const std::string id = new_conversation(
      client,
      {{"model", "chat"}, {"parameters", {{"response_format", format}, {"max_tokens", 25}, {"temperature", 0}}}});
  const std::string answer = text_of(send(client, id, {{"content", "x"}}).at("id"));
  json::value last = ended(client, id);
  for (int i = 0; i < 20 && last.at("finish_reason") == "length"; ++i) {
    EXPECT_EQ(client.post("/api/conversations/" + id + "/messages/" + answer + "/continue", std::string()).status, 202);
    last = ended(client, id);
  }
  EXPECT_EQ(last.at("finish_reason"), "stop") << last;
  const json::value object = parse_json(text_of(last.at("content")), "the answer");
  EXPECT_GE(object.at("a").as_string().size(), 20U);
}

TEST(ServedConversations, AFullContextIsToldInTheMessage) {
  TestServer server;
  const std::string id = new_conversation(server.client(), {{"model", "chat"}});
  send(server.client(), id, {{"content", std::string(5000, 'a')}});
  const json::value last = ended(server.client(), id);
  EXPECT_EQ(last.at("state"), "failed");
  EXPECT_EQ(last.at("error").at("code"), "context_length_exceeded");
  EXPECT_THAT(text_of(last.at("error").at("message")), HasSubstr("4096"));
}

TEST(ServedConversations, AStreamOfEventsEndsWithTheStoredAnswer) {
  TestServer server;
  const std::string id = new_conversation(
      server.client(),
      {{"model", "chat"}, {"parameters", {{"temperature", 0}, {"max_tokens", 2000}, {"ignore_eos", true}}}});
  const std::string answer = text_of(send(server.client(), id, {{"content", "x"}}).at("id"));
  RawClient listener(server.port());
  listener.request("GET", "/api/conversations/" + id + "/messages/" + answer + "/events", "");
  const std::string heard = listener.read_until("event: done");
  EXPECT_THAT(heard, HasSubstr("event: snapshot"));
  EXPECT_EQ(ConversationStore::open((server.folder() / ".local/share/hearth/hearth.db").string())
                ->message("", id, answer)
                .state,
            MessageState::kDone);
}

TEST(ServedConversations, AGracefulStopStoresWhatThereIs) {
  TestServer server;
  const std::string id = new_conversation(
      server.client(), {{"model", "chat"}, {"parameters", {{"max_tokens", 3900}, {"ignore_eos", true}}}});
  const std::string answer = text_of(send(server.client(), id, {{"content", "x"}}).at("id"));
  server.server().stop(std::chrono::milliseconds(0));
  const auto store = ConversationStore::open((server.folder() / ".local/share/hearth/hearth.db").string());
  const StoredMessage kept = store->message("", id, answer);
  EXPECT_TRUE(kept.state == MessageState::kCut || kept.state == MessageState::kDone) << message_state_name(kept.state);
}

TEST(ServedConversations, KilledInTheMiddleTheAnswerIsCutAndCanBeGoneOnWith) {
  const ServeHome home;
  // Slow enough for a kill in the middle: a whole answer has 30,000 tokens.
  make_tiny_llama(
      home.models() / "tiny.gguf", 1,
      {.context = 32768, .chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}>", .next = {{"z", "a"}}});
  const std::uint16_t port = free_port();
  const HttpClient client(port);
  std::string id, answer, seen;
  {
    ServeProcess process(home, port, {"--ctx", "32768"});
    id = new_conversation(client, {{"model", "tiny"}, {"parameters", {{"temperature", 0}, {"max_tokens", 30000}}}});
    answer = text_of(send(client, id, {{"content", "x"}}).at("id"));
    // Nobody listens; some of it is in the store after a second.
    for (int i = 0; i < 500 && seen.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const json::value last = client.get("/api/conversations/" + id).json().at("messages").as_array().back();
      ASSERT_EQ(last.at("state"), "running") << "it was too fast to be killed";
      seen = text_of(last.at("content"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    process.signal(SIGKILL);
    process.wait();
  }
  ServeProcess process(home, port, {"--ctx", "32768"});
  const json::value cut = client.get("/api/conversations/" + id).json().at("messages").as_array().back();
  EXPECT_EQ(cut.at("state"), "cut");
  const std::string before = text_of(cut.at("content"));
  EXPECT_THAT(before, StartsWith(seen));
  EXPECT_THAT(before, StartsWith("abcdefghijklmnopqrstuvwxyzabc"));
  EXPECT_EQ(client.post("/api/conversations/" + id + "/messages/" + answer + "/continue", std::string()).status, 202);
  std::string now = before;
  for (int i = 0; i < 1000 && now.size() <= before.size(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    now = text_of(client.get("/api/conversations/" + id).json().at("messages").as_array().back().at("content"));
  }
  const json::value stopped =
      client.post("/api/conversations/" + id + "/messages/" + answer + "/stop", std::string()).json();
  const std::string after = text_of(stopped.at("content"));
  EXPECT_GT(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) ASSERT_EQ(after[i], static_cast<char>('a' + i % 26)) << i;
}

}  // namespace
}  // namespace hearth::testing
