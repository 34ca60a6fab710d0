// Requests as bytes on a socket: what is well-formed gets its answer, whatever way it is framed.
#include "server/http/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <string>

#include "base/json.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"

namespace hearth {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::RawResponse;
using testing::TestServer;

constexpr const char* kClose = "Connection: close\r\n";

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.request("GET", "/hello"));
    const RawResponse response = client.response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.headers.at("content-type"), "text/plain");
    EXPECT_EQ(response.headers.count("connection"), 0U);
    EXPECT_EQ(response.headers.at("x-content-type-options"), "nosniff");
    EXPECT_TRUE(response.headers.contains("date"));
  }
  EXPECT_EQ(server.server->stats().accepted, 1U);
}

TEST(HttpServer, ClosesWhenAskedTo) {
  TestServer server;
  RawClient client(server.port());
  client.request("GET", "/hello", "", kClose);
  const RawResponse response = client.response();
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.headers.at("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const std::string body = "number " + std::to_string(i);
    all +=
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.response().body, "number " + std::to_string(i));
}

TEST(HttpServer, TakesAHeadByteByByte) {
  TestServer server;
  RawClient client(server.port());
  const std::string text = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
  for (const char c : text) ASSERT_TRUE(client.send(std::string(1, c)));
  EXPECT_EQ(client.response().body, "abc");
}

TEST(HttpServer, TakesChunkedBodies) {
  TestServer server;
  RawClient client(server.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nabcd\r\n1;name=value\r\ne\r\nA\r\n0123456789\r\n0\r\nTrailer: kept out\r\n\r\n");
  EXPECT_EQ(client.response().body, "abcde0123456789");
  client.request("GET", "/hello");
  EXPECT_EQ(client.response().body, "hello");
}

TEST(HttpServer, AnswersHttp10WithAndWithoutKeepAlive) {
  TestServer server;
  RawClient once(server.port());
  once.send("GET /hello HTTP/1.0\r\n\r\n");
  const RawResponse first = once.response();
  EXPECT_EQ(first.body, "hello");
  EXPECT_EQ(first.headers.at("connection"), "close");
  EXPECT_TRUE(once.closed_by_server());
  RawClient kept(server.port());
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const RawResponse response = kept.response();
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.headers.at("connection"), "keep-alive");
  }
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  TestServer server;
  RawClient client(server.port());
  client.request("HEAD", "/hello");
  const RawResponse response = client.response(true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-length"), "5");
  client.request("GET", "/hello");
  EXPECT_EQ(client.response().body, "hello");  // and nothing stood before it
}

TEST(HttpServer, AsksForTheBodyWhereTheClientWaitsForThat) {
  TestServer server;
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response().status, 100);
  client.send("ok");
  EXPECT_EQ(client.response().body, "ok");
  // What would be refused is refused before the body is sent.
  client.send("POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response().status, 404);
}

TEST(HttpServer, TakesATwentyMegabyteBodyAndGivesItBack) {
  TestServer server;
  RawClient client(server.port());
  std::string body(20 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4096) body[i] = static_cast<char>('a' + i / 4096 % 26);
  ASSERT_TRUE(client.request("POST", "/echo", body));
  const RawResponse response = client.response();
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body == body);
}

TEST(HttpServer, SpoolsAFileAndRemovesIt) {
  TestServer server;
  RawClient client(server.port());
  const std::string body(3'000'001, 'b');
  client.request("POST", "/file", body);
  std::shared_ptr<Exchange> exchange = server.parked.take();
  ASSERT_TRUE(exchange);
  const std::filesystem::path path = exchange->request().body_file;
  std::ifstream file(path, std::ios::binary);
  const std::string stored((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_TRUE(stored == body);
  EXPECT_TRUE(exchange->request().body.empty());
  exchange->respond(201, "", "");
  exchange.reset();
  EXPECT_EQ(client.response().status, 201);
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(path); }));
  ASSERT_TRUE(eventually([&] { return server.records().size() == 1; }));
  EXPECT_EQ(server.records()[0].bytes_in, body.size());
}

TEST(HttpServer, SaysWhichPathsAndMethodsThereAre) {
  TestServer server;
  RawClient client(server.port());
  client.request("GET", "/v1/nothing");
  const RawResponse none = client.response();
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr(R"("type":"not_found_error")"));
  client.request("GET", "/api/nothing");
  EXPECT_EQ(client.response().body, R"({"error":"there is no '/api/nothing' here"})");
  client.request("GET", "/v1/messages/nothing");
  EXPECT_THAT(client.response().body, HasSubstr(R"({"type":"error","error":{"type":"not_found_error")"));
  client.request("GET", "/nothing");
  EXPECT_THAT(client.response().body, ::testing::Not(HasSubstr("did you mean")));
  client.request("DELETE", "/park");
  const RawResponse wrong = client.response();
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, POST, OPTIONS");
}

TEST(HttpServer, NamesThePathThatOnlyLacksTheV1) {
  Router router;
  const Handler nothing = [](const std::shared_ptr<Exchange>& exchange) { exchange->respond(200, "", ""); };
  router.add("POST", "/v1/chat/completions", Scope::kChat, nothing);
  router.add("GET", "/v1/models/{name...}", Scope::kAny, nothing);
  const TestServer server({}, std::move(router));
  const auto body = [&](const char* method, const char* target) {
    RawClient client(server.port());
    client.request(method, target);
    const RawResponse response = client.response();
    EXPECT_EQ(response.status, 404) << target;
    return response.body;
  };
  EXPECT_THAT(body("POST", "/chat/completions?x=1"),
              HasSubstr("there is no '/chat/completions' here; did you mean '/v1/chat/completions'?"));
  EXPECT_THAT(body("GET", "/chat/completions"), HasSubstr("did you mean '/v1/chat/completions'?"));
  EXPECT_THAT(body("OPTIONS", "/chat/completions"), HasSubstr("did you mean '/v1/chat/completions'?"));
  EXPECT_THAT(body("GET", "/models/a/b"), HasSubstr("did you mean '/v1/models/a/b'?"));
  EXPECT_THAT(body("POST", "/messages"), HasSubstr("did you mean '/v1/messages'?"));
  for (const char* target : {"/", "/v1/chat", "/chat", "/v1/v1/messages", "/models", "//messages", "/messages/x"}) {
    EXPECT_THAT(body("GET", target), ::testing::Not(HasSubstr("did you mean"))) << target;
  }
}

TEST(HttpServer, GivesEachRequestAnId) {
  TestServer server;
  RawClient client(server.port());
  client.request("GET", "/hello", "", "X-Request-Id: my-id_1.2\r\n");
  EXPECT_EQ(client.response().headers.at("x-request-id"), "my-id_1.2");
  client.request("GET", "/hello", "", "X-Request-Id: not sound\r\n");
  const std::string own = client.response().headers.at("x-request-id");
  EXPECT_TRUE(own.starts_with("req_"));
  EXPECT_EQ(own.size(), 28U);
  ASSERT_TRUE(eventually([&] { return server.records().size() == 2; }));
  EXPECT_EQ(server.records()[0].id, "my-id_1.2");
  EXPECT_EQ(server.records()[1].id, own);
}

TEST(HttpServer, RecordsWhatItAnswered) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/echo", "12345");
  client.response();
  client.request("GET", "/nothing");
  client.response();
  ASSERT_TRUE(eventually([&] { return server.records().size() == 2; }));
  const RequestRecord record = server.records()[0];
  EXPECT_EQ(record.method, "POST");
  EXPECT_EQ(record.route, "/echo");
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.bytes_in, 5U);
  EXPECT_EQ(record.bytes_out, 5U);
  EXPECT_GE(record.seconds, 0);
  EXPECT_THAT(record.remote, HasSubstr("127.0.0.1:"));
  EXPECT_EQ(server.records()[1].route, "");
  EXPECT_EQ(server.records()[1].status, 404);
}

/// What a page's browser asks before it posts.
RawResponse preflight(RawClient& client, const std::string& origin, const std::string& headers) {
  client.request("OPTIONS", "/echo", "",
                 "Origin: " + origin +
                     "\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: " + headers + "\r\n");
  return client.response();
}

void expect_allowed(const RawResponse& response, const std::string& origin, const std::string& headers) {
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.at("access-control-allow-origin"), origin);
  EXPECT_EQ(response.headers.at("access-control-allow-methods"), "POST, OPTIONS");
  EXPECT_EQ(response.headers.at("access-control-allow-headers"), headers);
}

TEST(HttpServer, AnswersAPreflightOfALocalPage) {
  TestServer server;
  RawClient client(server.port());
  const std::string origin = "http://localhost:5173", headers = "content-type,x-stainless-os";
  expect_allowed(preflight(client, origin, headers), origin, headers);
  client.request("POST", "/echo", "a", "Origin: http://localhost:5173\r\n");
  EXPECT_EQ(client.response().headers.at("access-control-allow-origin"), origin);
  client.request("OPTIONS", "*");
  EXPECT_EQ(client.response().status, 204);
}

TEST(HttpServer, LetsAProgramsPageCall) {
  TestServer server;
  RawClient client(server.port());
  expect_allowed(preflight(client, "tauri://localhost", "content-type"), "tauri://localhost", "content-type");
  client.request("POST", "/echo", "a", "Origin: app://obsidian.md\r\n");
  const RawResponse answer = client.response();
  EXPECT_EQ(answer.body, "a");
  EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "app://obsidian.md");
  EXPECT_EQ(answer.headers.at("vary"), "Origin");
  const RawResponse refused = preflight(client, "null", "content-type");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.headers.count("access-control-allow-origin"), 0U);
}

TEST(HttpServer, AnswersToTheNameOfItsMachine) {
  TestServer server;
  RawClient client(server.port());
  std::string name(256, '\0');
  ASSERT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  name.resize(name.find('\0'));
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& host : {name, name + ":11434", std::string("host.docker.internal:11434")}) {
    client.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_EQ(client.response().body, "hello") << host;
  }
}

TEST(HttpServer, AnswersToAnyNameBeyondThisMachineWhereItAsksForKeys) {
  const auto status = [](const HttpOptions& options, const std::string& host, const std::string& path) {
    TestServer server(options);
    RawClient client(server.port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host + "\r\n\r\n");
    return client.response().status;
  };
  HttpOptions keys;
  keys.hosts = {"0.0.0.0"};
  keys.access.keys = {make_api_key("a", "0123456789abcdef", {Scope::kAdmin})};
  EXPECT_EQ(status(keys, "ollama:11434", "/hello"), 200);
  EXPECT_EQ(status(keys, "hearth.example.com", "/hello"), 200);
  EXPECT_EQ(status(keys, "evil.example", "/who"), 401);
  HttpOptions none;
  none.hosts = {"0.0.0.0"};
  none.access.insecure = true;
  EXPECT_EQ(status(none, "ollama:11434", "/who"), 200);
  EXPECT_EQ(status(none, "evil.example", "/who"), 403);
}

TEST(HttpServer, RefusesOtherHostsAndPages) {
  TestServer server;
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const RawResponse rebound = client.response();
  EXPECT_EQ(rebound.status, 403);
  EXPECT_THAT(rebound.body, HasSubstr("host_not_allowed"));
  EXPECT_THAT(rebound.body, HasSubstr("--allow-host 'evil.example'"));
  client.request("POST", "/echo", "a", "Origin: https://evil.example\r\n");
  const RawResponse page = client.response();
  EXPECT_EQ(page.status, 403);
  EXPECT_EQ(page.headers.count("access-control-allow-origin"), 0U);
}

TEST(HttpServer, TakesAnAbsoluteTargetByItsOwnHost) {
  TestServer server;
  RawClient client(server.port());
  client.send("GET http://localhost/hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(client.response().body, "hello");
  client.send("GET http://evil.example/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.response().status, 403);
}

TEST(HttpServer, TakesNoCodedBodies) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/echo", "abc", "Content-Encoding: gzip\r\n");
  EXPECT_EQ(client.response().status, 415);
  RawClient other(server.port());
  other.request("POST", "/echo", "abc", "Content-Type: application/json; charset=latin1\r\n");
  EXPECT_EQ(other.response().status, 415);
  RawClient third(server.port());
  third.request("POST", "/echo", "abc", "Content-Type: application/json; charset=UTF-8\r\n");
  EXPECT_EQ(third.response().status, 200);
}

TEST(HttpServer, AnswersAClientThatHasClosedItsHalf) {
  TestServer server;
  RawClient client(server.port());
  client.request("GET", "/hello");
  client.shutdown_send();
  EXPECT_EQ(client.response().body, "hello");
}

}  // namespace
}  // namespace hearth
