// Clients that do wrong, or go: what they held is free again at once, and nobody else notices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "serve/serve_probe.h"
#include "serve/test_server.h"
#include "server/http/testing/raw_client.h"
#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kLong = 4000;  // tokens of an answer; "chat" holds 4096

void expect_served(const TestServer& server) {
  const HttpAnswer answer = server.client().post(
      "/v1/completions", {{"model", "tiny"}, {"prompt", "abc"}, {"temperature", 0}, {"max_tokens", 4}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json().at("choices").at(0).at("text").as_string(), "defg");
}

ServeOptions one_at_a_time(std::int64_t max_queue = 512) {
  ServeOptions options;
  options.max_running = 1;
  options.max_queue = max_queue;
  return options;
}

/// A model that holds so much that reading a prompt takes seconds.
void add_long_model(const TestServer& server) {
  make_tiny_llama(server.folder() / "models" / "long.gguf", 3, {.context = 100'000, .name = "Long"});
  ASSERT_TRUE(comes_true([&] { return server.client().get("/v1/models/long").status == 200; }));
}

TEST(FaultsOfClients, WhoGoesInTheQueueLeavesIt) {
  const TestServer server(one_at_a_time());
  RawClient first(server.port());
  first.request("POST", "/v1/completions", endless("chat", kLong));
  first.read_until("data: ");
  RawClient second(server.port());
  second.request("POST", "/v1/completions", endless("chat", kLong));
  ASSERT_TRUE(comes_true([&] { return status_of(server.client(), "chat", "waiting") == 1; }));
  second.reset();
  EXPECT_TRUE(comes_true([&] { return status_of(server.client(), "chat", "waiting") == 0; }));
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") == 1; }));
  first.reset();
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") == 0; }));
}

TEST(FaultsOfClients, WhoGoesWhileThePromptIsReadFreesItsPlace) {
  ServeOptions options = one_at_a_time();
  options.model.context = 100'000;
  const TestServer server(options);
  add_long_model(server);
  RawClient client(server.port());
  client.request("POST", "/v1/completions", endless("long", kLong, std::string(60'000, 'b')));
  ASSERT_TRUE(comes_true([&] { return running(server.client(), "long") == 1; }));
  client.reset();
  const auto gone = std::chrono::steady_clock::now();
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "long") == 0; }));
  // One step is a chunk of the prompt; all of it would take many seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - gone, std::chrono::seconds(10));
  EXPECT_EQ(status_of(server.client(), "long", "generated_tokens"), 0);
  expect_served(server);
}

TEST(FaultsOfClients, WhoGoesWhileItsAnswerIsWrittenFreesItsPlace) {
  const TestServer server(one_at_a_time());
  for (const bool reset : {true, false}) {
    const std::int64_t before = std::max<std::int64_t>(0, status_of(server.client(), "chat", "generated_tokens"));
    RawClient client(server.port());
    client.request("POST", "/v1/completions", endless("chat", kLong));
    client.read_until("data: ");
    reset ? client.reset() : client.close();
    EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") == 0; }));
    EXPECT_LT(status_of(server.client(), "chat", "generated_tokens") - before, kLong - 1);
  }
  expect_served(server);
}

TEST(FaultsOfClients, WhoWaitsForAWholeAnswerAndGoesFreesItsPlace) {
  const TestServer server(one_at_a_time());
  const std::string body = json::serialize(json::object{
      {"model", "chat"}, {"prompt", "a"}, {"max_tokens", kLong}, {"temperature", 0}, {"ignore_eos", true}});
  RawClient client(server.port());
  client.request("POST", "/v1/completions", body);
  ASSERT_TRUE(comes_true([&] { return running(server.client(), "chat") == 1; }));
  client.reset();
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") == 0; }));
  EXPECT_LT(status_of(server.client(), "chat", "generated_tokens"), kLong - 1);
  // That is no error of the server's, in the numbers and among its last errors.
  const std::string line = R"(hearth_http_requests_total{method="POST",route="/v1/completions",status=")";
  EXPECT_TRUE(
      comes_true([&] { return server.client().get("/metrics").body.find(line + "499\"} 1") != std::string::npos; }));
  EXPECT_THAT(server.client().get("/metrics").body, ::testing::Not(HasSubstr(line + "500")));
  EXPECT_THAT(server.client().get("/hearth/dashboard").body, ::testing::Not(HasSubstr("without an answer")));
}

TEST(FaultsOfClients, WhoClosedItsHalfIsTakenAsGone) {
  const TestServer server(one_at_a_time());
  for (const bool stream : {false, true}) {
    RawClient first(server.port());
    first.request("POST", "/v1/completions", endless("chat", kLong));
    first.read_until("data: ");
    json::object body = parse_json(endless("chat", kLong), "body").as_object();
    body["stream"] = stream;
    RawClient client(server.port());
    client.request("POST", "/v1/completions", json::serialize(body));
    ASSERT_TRUE(comes_true([&] { return status_of(server.client(), "chat", "waiting") == 1; }));
    client.shutdown_send();
    EXPECT_TRUE(client.closed_by_server()) << "no 500: " << client.pending();
    EXPECT_TRUE(comes_true([&] { return status_of(server.client(), "chat", "waiting") == 0; }));
    first.reset();
    ASSERT_TRUE(comes_true([&] { return running(server.client(), "chat") == 0; }));
  }
  // What needs no time is answered all the same.
  RawClient quick(server.port());
  quick.request("GET", "/v1/models/chat");
  quick.shutdown_send();
  EXPECT_EQ(quick.response().status, 200);
}

TEST(FaultsOfClients, WhoDoesNotReadIsCutOffAndHoldsNobodyUp) {
  const TestServer server;
  constexpr std::int64_t kAnswers = 16;  // together they are more than the server keeps for one client
  json::object body = parse_json(endless("chat", kLong, "a", kAnswers), "body").as_object();
  body["logprobs"] = 20;  // much to write for each token
  RawClient lazy(server.port());
  const int small = 4096;
  ::setsockopt(lazy.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  lazy.request("POST", "/v1/completions", json::serialize(body));
  ASSERT_TRUE(comes_true([&] { return running(server.client(), "chat") > 0; }));
  expect_served(server);
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") == 0; }));
  EXPECT_LT(status_of(server.client(), "chat", "generated_tokens"), kAnswers * kLong);
  expect_served(server);
}

TEST(FaultsOfClients, HalfOpenConnectionsHoldNobodyUp) {
  const TestServer server;
  std::deque<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    RawClient& client = clients.emplace_back(server.port());
    switch (i % 4) {
      case 0: break;  // says nothing at all
      case 1: client.send("POST /v1/chat/comple"); break;
      case 2:
        client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"mod");
        break;
      default: client.request("POST", "/v1/completions", endless("chat", 100)); client.shutdown_send();
    }
  }
  expect_served(server);
  // Who has closed its half cannot be told from who has gone.
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "chat") <= 0; }));
  for (RawClient& client : clients) client.reset();
  EXPECT_TRUE(comes_true([&] {
    const std::string text = server.client().get("/metrics").body;
    return text.find("\nhearth_connections 1\n") != std::string::npos;
  }));
}

TEST(FaultsOfClients, WhatIsNoHttpIsRefused) {
  const TestServer server;
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n"), std::string("GET /\r\n\r\n"),
        std::string(
            "POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string(100'000, 'A'), std::string(4096, '\0')}) {
    RawClient client(server.port());
    client.send(bytes);
    client.shutdown_send();
    const RawResponse response = client.response();
    EXPECT_TRUE(response.status >= 400 && response.status < 500) << response.head;
  }
  expect_served(server);
}

TEST(FaultsOfClients, AFullQueueSaysWhenToComeAgain) {
  const TestServer server(one_at_a_time(1));
  RawClient first(server.port());
  first.request("POST", "/v1/completions", endless("chat", kLong));
  first.read_until("data: ");
  RawClient second(server.port());
  second.request("POST", "/v1/completions", endless("chat", kLong));
  ASSERT_TRUE(comes_true([&] { return status_of(server.client(), "chat", "waiting") == 1; }));
  const HttpAnswer third = server.client().post("/v1/completions", endless("chat", 1));
  EXPECT_TRUE(third.status == 503 || third.status == 429) << third.status;
  EXPECT_FALSE(third.header("retry-after").empty());
  expect_served(server);  // another model has a queue of its own
}

TEST(FaultsOfClients, ChoicesThatFindNoPlaceEndThoseThatAreBeingWritten) {
  ServeOptions options = one_at_a_time(6);
  options.max_running = 3;
  const TestServer server(options);
  expect_served(server);  // the model is there: the first choice is written while the others are submitted
  int refused = 0;
  for (int round = 0; round < 20; ++round) {
    // Two others run, so that of eight choices, which would find places alone, one runs, six wait and one is too many.
    RawClient others[2] = {RawClient(server.port()), RawClient(server.port())};
    for (RawClient& other : others) {
      other.request("POST", "/v1/completions", endless("chat", kLong));
      other.read_until("data: ");
    }
    const HttpAnswer answer = server.client().post("/v1/completions", endless("chat", kLong, "a", 8));
    for (RawClient& other : others) other.reset();
    if (answer.status == 200) {
      bool done = false;
      const std::vector<json::value> events = events_of(answer.body, &done);
      ASSERT_FALSE(events.empty());
      const auto is_error = [](const json::value& event) { return event.as_object().contains("error"); };
      EXPECT_EQ(std::count_if(events.begin(), events.end(), is_error), done ? 0 : 1);
      if (!done) {  // else the others had ended by then
        ++refused;
        EXPECT_TRUE(is_error(events.back())) << answer.body.substr(answer.body.size() - 300);
      }
    } else {
      ++refused;
      EXPECT_EQ(answer.status, 503) << answer.body;
      EXPECT_TRUE(answer.json().as_object().contains("error"));
    }
    ASSERT_TRUE(comes_true(
        [&] { return running(server.client(), "chat") == 0 && status_of(server.client(), "chat", "waiting") == 0; }));
  }
  EXPECT_GT(refused, 0);
}

TEST(FaultsOfClients, WithoutAQueueTheFirstWhoAsksIsAnswered) {
  ServeOptions options = one_at_a_time(0);
  const TestServer server(options);
  const HttpAnswer answer =
      server.client().post("/v1/completions", {{"model", "tiny"}, {"prompt", "a"}, {"max_tokens", 1}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(server.client().post("/hearth/models/load", {{"model", "chat"}}).status, 200);
}

TEST(FaultsOfClients, ADeadlineEndsWhatTakesTooLong) {
  ServeOptions options = one_at_a_time();
  options.model.context = 100'000;
  options.request_time = std::chrono::milliseconds(1500);
  const TestServer server(options);
  add_long_model(server);
  const HttpAnswer answer = server.client().post(
      "/v1/completions", {{"model", "long"}, {"prompt", std::string(90'000, 'b')}, {"max_tokens", 1}});
  EXPECT_EQ(answer.status, 504) << answer.body;
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "long") == 0; }));
}

TEST(FaultsOfClients, ADeadlineInAStreamIsAnErrorInTheStream) {
  ServeOptions options;
  options.model.context = 100'000;
  options.request_time = std::chrono::milliseconds(1500);
  const TestServer server(options);
  add_long_model(server);
  const HttpAnswer answer = server.client().post("/v1/completions", endless("long", 90'000, "a", 8));
  ASSERT_EQ(answer.status, 200);
  const std::vector<json::value> events = events_of(answer.body);
  ASSERT_FALSE(events.empty());
  EXPECT_TRUE(events.back().as_object().contains("error")) << answer.body.substr(answer.body.size() - 500);
  EXPECT_TRUE(comes_true([&] { return running(server.client(), "long") == 0; }));
}

}  // namespace
}  // namespace hearth::testing
