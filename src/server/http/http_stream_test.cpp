// Answers that come in pieces, and clients that leave, stall or only half close while they come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/http/http_server.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"

namespace hearth {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::RawResponse;
using testing::TestServer;

TEST(HttpStream, SendsEachPieceAtOnceInChunks) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  exchange->begin_stream(200, "text/event-stream", {{"Cache-Control", "no-cache"}});
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_TRUE(exchange->write("data: one\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "b\r\ndata: one\n\n\r\n");
  EXPECT_TRUE(exchange->write(std::string(20, 'x')));
  EXPECT_EQ(client.read_until("x\r\n"), "14\r\n" + std::string(20, 'x') + "\r\n");
  EXPECT_TRUE(exchange->write(""));  // an empty chunk would be the end
  exchange->end();
  EXPECT_FALSE(exchange->write("late"));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "0\r\n\r\n");
  client.request("GET", "/hello");
  EXPECT_EQ(client.response().body, "hello");
}

TEST(HttpStream, EndsAStreamOfHttp10WithTheConnection) {
  TestServer server;
  RawClient client(server.port());
  client.send("GET /park HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto exchange = server.parked.take();
  exchange->begin_stream(200, "text/plain");
  exchange->write("one ");
  exchange->write("two");
  exchange->end();
  const RawResponse response = client.response();
  EXPECT_EQ(response.body, "one two");
  EXPECT_EQ(response.headers.count("transfer-encoding"), 0U);
  EXPECT_EQ(response.headers.at("connection"), "close");
}

TEST(HttpStream, WritesFromManyThreadsLosesNothing) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  exchange->begin_stream(200, "text/plain");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) exchange->write("abcdefgh");
    });
  }
  for (std::thread& thread : threads) thread.join();
  exchange->end();
  const RawResponse response = client.response();
  EXPECT_TRUE(response.complete);
  std::string expected;
  for (int i = 0; i < 2000; ++i) expected += "abcdefgh";
  EXPECT_TRUE(response.body == expected);
}

TEST(HttpStream, TellsThatTheClientHasGoneWhileNothingIsWritten) {
  TestServer server;
  for (const bool streaming : {false, true}) {
    for (const bool reset : {false, true}) {
      RawClient client(server.port());
      client.request("POST", "/park", "{}");
      const auto exchange = server.parked.take();
      std::atomic<int> calls = 0;
      exchange->on_gone([&] { ++calls; });
      if (streaming) {
        exchange->begin_stream(200, "text/plain");
        client.read_until("\r\n\r\n");
      }
      EXPECT_FALSE(exchange->gone());
      reset ? client.reset() : client.close();
      EXPECT_TRUE(eventually([&] { return calls == 1; }));
      EXPECT_TRUE(exchange->gone());
      EXPECT_FALSE(exchange->write("more"));
      // Who asks late is told at once.
      exchange->on_gone([&] { ++calls; });
      EXPECT_EQ(calls, 2);
    }
  }
}

TEST(HttpStream, TellsItOfAClientThatHadPipelinedMore) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  client.request("POST", "/echo", std::string(5000, 'x'));
  const auto exchange = server.parked.take();
  std::atomic<int> calls = 0;
  exchange->on_gone([&] { ++calls; });
  client.close();
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
}

TEST(HttpStream, TellsItOfAClientThatHadPipelinedMuchMore) {
  TestServer server;
  for (const std::size_t size : {200'000, 2'000'000}) {  // what may wait, and more than that
    RawClient client(server.port());
    client.request("POST", "/park", "{}");
    const auto exchange = server.parked.take();
    std::atomic<int> calls = 0;
    exchange->on_gone([&] { ++calls; });
    const std::string body(size, 'x');
    std::thread sending([&] { client.request("POST", "/echo", body); });
    if (size > 1'000'000) {
      EXPECT_TRUE(eventually([&] { return calls == 1; })) << "it is ended, though it is still there";
    }
    sending.join();
    client.close();
    EXPECT_TRUE(eventually([&] { return calls == 1; })) << size;
  }
  ASSERT_TRUE(eventually([&] { return server.records().size() == 2; }));
  for (const RequestRecord& record : server.records()) EXPECT_EQ(record.status, 499);
}

TEST(HttpStream, AnswersALargeRequestThatWasPipelined) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  client.request("POST", "/echo", std::string(200'000, 'x'));
  server.parked.take()->respond(200, "text/plain", "first");
  EXPECT_EQ(client.response().body, "first");
  EXPECT_EQ(client.response().body.size(), 200'000U);
}

/// `drop`: what a handler does when it hears that the client has left.
void expect_499(const std::function<void(std::shared_ptr<Exchange>&)>& drop, bool half, bool streaming) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  auto exchange = server.parked.take();
  if (streaming) exchange->begin_stream(200, "text/plain");
  half ? client.shutdown_send() : client.close();
  ASSERT_TRUE(eventually([&] { return exchange->gone(); }));
  drop(exchange);
  exchange.reset();
  ASSERT_TRUE(eventually([&] { return !server.records().empty(); }));
  const RequestRecord record = server.records()[0];
  EXPECT_EQ(record.status, 499);
  EXPECT_EQ(record.problem, "") << "it is nobody's mistake";
  EXPECT_TRUE(record.notes.empty());
  if (half && !streaming) {
    EXPECT_TRUE(client.closed_by_server()) << client.pending();
  }
  EXPECT_TRUE(eventually([&] { return server.server->stats().connections == 0; }));
}

TEST(HttpStream, CountsWorkThatWasGivenUpForAClientThatLeftAs499) {
  for (const bool half : {false, true}) {
    for (const bool streaming : {false, true}) {
      expect_499([](std::shared_ptr<Exchange>&) {}, half, streaming);
      expect_499(
          [](std::shared_ptr<Exchange>& exchange) { exchange->fail(Error(ErrorCode::kCancelled, "it was stopped")); },
          half, streaming);
    }
  }
}

TEST(HttpStream, AnswersAClientThatClosedItsHalfWhereThereIsAnAnswer) {
  TestServer server;
  for (const bool fail : {false, true}) {
    RawClient client(server.port());
    client.request("POST", "/park", "{}");
    client.shutdown_send();
    const auto exchange = server.parked.take();
    ASSERT_TRUE(eventually([&] { return exchange->gone(); })) << "it could be leaving: long work ends";
    if (fail) {
      exchange->fail(Error(ErrorCode::kNotFound, "there is no such model"));
    } else {
      exchange->respond(200, "text/plain", "done");
    }
    EXPECT_EQ(client.response().status, fail ? 404 : 200);
  }
  ASSERT_TRUE(eventually([&] { return server.records().size() == 2; }));
  EXPECT_EQ(server.records()[0].status, 200);
  EXPECT_EQ(server.records()[1].status, 404);
}

TEST(HttpStream, CountsAClientThatLeftAs499) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  auto exchange = server.parked.take();
  exchange->begin_stream(200, "text/plain");
  exchange->note("model", "tiny");
  client.close();
  ASSERT_TRUE(eventually([&] { return !server.records().empty(); }));
  EXPECT_EQ(server.records()[0].status, 499);
  ASSERT_EQ(server.records()[0].notes.size(), 1U);
  EXPECT_EQ(server.records()[0].notes[0].second, "tiny");
  EXPECT_TRUE(eventually([&] { return server.server->stats().connections == 0; }));
}

TEST(HttpStream, DropsTheCallbackWithTheAnswer) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  auto exchange = server.parked.take();
  auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = token;
  // A callback that holds the exchange itself is the usual way to leak both.
  exchange->on_gone([token, exchange] {});
  token.reset();
  exchange->respond(200, "text/plain", "done");
  EXPECT_TRUE(weak.expired());
  exchange.reset();
  EXPECT_EQ(client.response().body, "done");
}

TEST(HttpStream, CutsOffAClientThatDoesNotRead) {
  HttpOptions options;
  options.limits.buffered_bytes = 256 << 10;
  TestServer server(options);
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  std::atomic<int> calls = 0;
  exchange->on_gone([&] { ++calls; });
  exchange->begin_stream(200, "text/plain");
  const std::string piece(10'000, 'x');
  bool open = true;
  for (int i = 0; i < 10'000 && open; ++i) {  // 100 MB: more than any socket buffer
    open = exchange->write(piece);
    EXPECT_LE(exchange->buffered(), options.limits.buffered_bytes);
  }
  EXPECT_FALSE(open);
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
  EXPECT_TRUE(exchange->gone());
  EXPECT_TRUE(eventually([&] { return server.server->stats().connections == 0; }));
  // The others are served meanwhile.
  RawClient other(server.port());
  other.request("GET", "/hello");
  EXPECT_EQ(other.response().body, "hello");
}

TEST(HttpStream, CutsOffAClientThatTakesNothingForTooLong) {
  HttpOptions options;
  options.limits.write_time = std::chrono::milliseconds(200);
  options.limits.buffered_bytes = 64 << 20;
  TestServer server(options);
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  std::atomic<int> calls = 0;
  exchange->on_gone([&] { ++calls; });
  exchange->begin_stream(200, "text/plain");
  EXPECT_TRUE(exchange->write(std::string(32 << 20, 'x')));
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
  EXPECT_FALSE(exchange->write("more"));
}

TEST(HttpStream, WaitsForAClientThatReadsSlowlyButDoes) {
  HttpOptions options;
  options.limits.write_time = std::chrono::milliseconds(1500);
  TestServer server(options);
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  const std::string body(16 << 20, 'x');  // an answer as a whole may be larger than what a stream may buffer
  exchange->respond(200, "text/plain", body);
  std::string head = client.read_until("\r\n\r\n");
  std::size_t got = client.pending().size();
  std::vector<char> buffer(1 << 20);
  const auto began = std::chrono::steady_clock::now();
  while (got < body.size()) {
    const ssize_t n = ::recv(client.fd(), buffer.data(), buffer.size(), 0);
    ASSERT_GT(n, 0) << got;
    got += static_cast<std::size_t>(n);
    ::usleep(120'000);
  }
  EXPECT_EQ(got, body.size());
  EXPECT_GT(std::chrono::steady_clock::now() - began, options.limits.write_time);
}

TEST(HttpStream, AnswersWhatAHandlerThrowsInTheDialectOfItsRoute) {
  Router router;
  for (const char* path : {"/v1/throw", "/v1/messages/throw", "/api/throw"}) {
    router.add("GET", path, Scope::kChat, [](const std::shared_ptr<Exchange>&) {
      throw Error(ErrorCode::kContextLimit, "9 tokens do not fit in 8", "ask for less");
    });
  }
  router.add("GET", "/v1/busy", Scope::kChat,
             [](const std::shared_ptr<Exchange>&) { throw Error(ErrorCode::kBusy, "full"); });
  router.add("GET", "/v1/std", Scope::kChat, [](const std::shared_ptr<Exchange>&) { throw std::runtime_error("oh"); });
  TestServer server({}, std::move(router));
  RawClient client(server.port());
  client.request("GET", "/v1/throw");
  const RawResponse openai = client.response();
  EXPECT_EQ(openai.status, 400);
  EXPECT_EQ(openai.body,
            R"({"error":{"message":"9 tokens do not fit in 8; ask for less","type":"invalid_request_error",)"
            R"("param":null,"code":"context_length_exceeded"}})");
  client.request("GET", "/v1/messages/throw");
  EXPECT_EQ(
      client.response().body,
      R"({"type":"error","error":{"type":"invalid_request_error","message":"9 tokens do not fit in 8; ask for less"}})");
  client.request("GET", "/api/throw");
  EXPECT_EQ(client.response().body, R"({"error":"9 tokens do not fit in 8; ask for less"})");
  client.request("GET", "/v1/busy");
  const RawResponse busy = client.response();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.at("retry-after"), "1");
  client.request("GET", "/v1/std");
  EXPECT_EQ(client.response().status, 500);
}

TEST(HttpStream, AnswersForAHandlerThatForgets) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  server.parked.take().reset();
  const RawResponse response = client.response();
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, HasSubstr("without an answer"));
}

TEST(HttpStream, ShowsThatAStreamWasCut) {
  TestServer server;
  for (const bool fail : {false, true}) {
    RawClient client(server.port());
    client.request("POST", "/park", "{}");
    auto exchange = server.parked.take();
    exchange->begin_stream(200, "text/plain");
    exchange->write("half");
    if (fail) exchange->fail(Error(ErrorCode::kInternal, "broken"));
    exchange.reset();
    const RawResponse response = client.response();
    EXPECT_EQ(response.body, "half");
    EXPECT_FALSE(response.complete);
  }
  ASSERT_TRUE(eventually([&] { return server.records().size() == 2; }));
  for (const RequestRecord& record : server.records()) {
    EXPECT_EQ(record.status, 200);
    ASSERT_EQ(record.notes.size(), 1U);
    EXPECT_EQ(record.notes[0].first, "cut");
  }
}

TEST(HttpStream, OutlivesACallbackThatThrows) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  exchange->on_gone([] { throw std::runtime_error("against the rules"); });
  client.close();
  ASSERT_TRUE(eventually([&] { return exchange->gone(); }));
  RawClient other(server.port());
  other.request("GET", "/hello");
  EXPECT_EQ(other.response().body, "hello");
}

TEST(HttpStream, TakesOneAnswerOnly) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  auto exchange = server.parked.take();
  EXPECT_FALSE(exchange->answered());
  exchange->respond(200, "text/plain", "first");
  EXPECT_TRUE(exchange->answered());
  exchange->respond(200, "text/plain", "second");
  exchange->begin_stream(200, "text/plain");
  EXPECT_FALSE(exchange->write("third"));
  exchange->fail(Error(ErrorCode::kInternal, "fourth"));
  exchange->end();
  EXPECT_EQ(client.response().body, "first");
  client.request("GET", "/hello");
  EXPECT_EQ(client.response().body, "hello");
}

TEST(HttpStream, LetsNoFieldBeginANewLine) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  server.parked.take()->respond(200, "text/plain", "", {{"X-Name", "a\r\nSet-Cookie: b"}});
  const RawResponse response = client.response();
  EXPECT_EQ(response.headers.count("set-cookie"), 0U);
  EXPECT_EQ(response.headers.at("x-name"), "a  Set-Cookie: b");
}

TEST(HttpStream, AnswersHeadOfAStreamWithItsHeadAlone) {
  TestServer server;
  RawClient client(server.port());
  client.request("HEAD", "/park");
  auto exchange = server.parked.take();
  EXPECT_EQ(exchange->request().method, "HEAD");
  exchange->begin_stream(200, "text/plain");
  EXPECT_FALSE(exchange->write("nothing"));
  EXPECT_EQ(client.response(true).status, 200);
  client.request("GET", "/hello");
  EXPECT_EQ(client.response().body, "hello");
}

}  // namespace
}  // namespace hearth
