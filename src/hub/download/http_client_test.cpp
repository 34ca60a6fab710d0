#include "hub/download/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/hub_server.h"

namespace hearth {
namespace {

using hearth::testing::Faults;
using hearth::testing::HubServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

HttpGet request_for(const std::string& url, const std::string& token = "") {
  HttpGet request;
  request.url = url;
  request.token = token;
  return request;
}

TEST(Url, OriginAndRedirects) {
  const auto url = parse_url("HTTPS://Example.org/a/b?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin(), "https://example.org:443");
  EXPECT_EQ(resolve_url(*url, "/c")->origin(), "https://example.org:443");
  EXPECT_EQ(resolve_url(*url, "/c")->path, "/c");
  EXPECT_EQ(resolve_url(*url, "http://other:81/c")->origin(), "http://other:81");
  EXPECT_FALSE(resolve_url(*url, "file:///etc/passwd"));
  EXPECT_FALSE(parse_url("ftp://example.org/x"));
  EXPECT_FALSE(parse_url("https://user:secret@example.org/"));
  EXPECT_FALSE(parse_url("no address"));
  EXPECT_TRUE(parse_url("http://127.0.0.1:1/")->is_loopback());
  EXPECT_FALSE(parse_url("http://127.0.0.1.example.org/")->is_loopback());
  EXPECT_EQ(encode_path("a b/ü?#%"), "a%20b/%C3%BC%3F%23%25");
}

TEST(HttpClient, GivesBodyAndHeaders) {
  HubServer server;
  server.add_path("/x", "hello");
  HttpClient client;
  std::string body;
  const HttpOutcome outcome = client.get_text(request_for(server.address() + "/x"), body, 100);
  EXPECT_EQ(outcome.problem, "");
  EXPECT_EQ(outcome.response.status, 200);
  EXPECT_EQ(outcome.response.header("content-length"), "5");
  EXPECT_EQ(body, "hello");
}

TEST(HttpClient, TheTokenStaysWithItsHost) {
  HubServer hub;
  HubServer cdn;
  hub.add("a/b", "m.gguf", "weights");
  cdn.add("a/b", "m.gguf", "weights");
  hub.set_cdn(cdn.address());
  HttpClient client;
  std::string body;
  const auto outcome = client.get_text(
      request_for(hub.address() + "/a/b/resolve/" + hub.commit("a/b") + "/m.gguf", "secret"), body, 100);
  EXPECT_EQ(outcome.response.status, 200);
  EXPECT_EQ(body, "weights");
  EXPECT_EQ(outcome.response.first_headers.at("x-linked-size"), "7");
  ASSERT_EQ(hub.seen().size(), 1U);
  EXPECT_EQ(hub.seen()[0].authorization, "Bearer secret");
  ASSERT_EQ(cdn.seen().size(), 1U);
  EXPECT_THAT(cdn.seen()[0].authorization, IsEmpty());
}

TEST(HttpClient, TheTokenIsNotSentInTheClear) {
  HttpClient client;
  HubServer server;
  server.add_path("/x", "hello");
  // 0.0.0.0 reaches this machine and is no loopback address in writing.
  std::string body;
  client.get_text(request_for("http://0.0.0.0:" + std::to_string(server.port()) + "/x", "secret"), body, 100);
  ASSERT_EQ(server.seen().size(), 1U);
  EXPECT_THAT(server.seen()[0].authorization, IsEmpty());
}

TEST(HttpClient, RedirectsEnd) {
  HubServer server;
  server.add("a/b", "m.gguf", "weights");
  const std::string loop = server.address() + "/a/b/resolve/x/m.gguf";
  for (const std::string& to : {loop, std::string("file:///etc/passwd"), std::string("gopher://127.0.0.1/")}) {
    server.set_faults({.redirect_to = to});
    HttpClient client;
    std::string body;
    const auto outcome = client.get_text(request_for(loop), body, 100);
    EXPECT_THAT(outcome.problem, HasSubstr("redirect"));
    EXPECT_FALSE(outcome.may_retry);
    EXPECT_THAT(body, IsEmpty());
  }
}

TEST(HttpClient, WhatMayBeTriedAgain) {
  HttpClient client;
  std::string body;
  int port = 0;
  {
    HubServer gone;
    port = gone.port();
  }
  const auto refused = client.get_text(request_for("http://127.0.0.1:" + std::to_string(port) + "/"), body, 100);
  EXPECT_NE(refused.problem, "");
  EXPECT_TRUE(refused.may_retry);
  EXPECT_TRUE(refused.unreached);
  const auto unknown = client.get_text(request_for("http://" + std::string(64, 'x') + ".invalid/"), body, 100);
  EXPECT_TRUE(unknown.may_retry);
  EXPECT_TRUE(unknown.unreached);
  const auto nonsense = client.get_text(request_for("https://"), body, 100);
  EXPECT_NE(nonsense.problem, "");
  EXPECT_FALSE(nonsense.may_retry);
  HubServer server;
  server.add_path("/x", std::string(1000, 'x'));
  EXPECT_THAT(client.get_text(request_for(server.address() + "/x"), body, 100).problem, HasSubstr("longer than 100"));
  server.set_faults({.cut_times = 1, .cut_after = 10});
  const auto cut = client.get_text(request_for(server.address() + "/x"), body, 10'000);
  EXPECT_NE(cut.problem, "");
  EXPECT_TRUE(cut.may_retry);
  EXPECT_FALSE(cut.unreached);
}

TEST(HttpClient, AServerThatSaysNothingIsLeft) {
  HubServer server;
  server.set_faults({.stall = true});
  HttpClientOptions options;
  options.stall_timeout = std::chrono::seconds(1);
  HttpClient client(options);
  std::string body;
  const auto outcome = client.get_text(request_for(server.address() + "/x"), body, 100);
  EXPECT_NE(outcome.problem, "");
  EXPECT_TRUE(outcome.may_retry);
  EXPECT_FALSE(outcome.unreached);  // it took the request
}

TEST(HttpClient, StopsWhenAsked) {
  HubServer server;
  server.set_faults({.stall = true});
  const std::atomic<bool> cancel = true;
  HttpClientOptions options;
  options.cancel = &cancel;
  HttpClient client(options);
  std::string body;
  EXPECT_TRUE(client.get_text(request_for(server.address() + "/x"), body, 100).cancelled);
}

}  // namespace
}  // namespace hearth
