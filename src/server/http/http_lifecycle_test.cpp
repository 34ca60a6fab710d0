// How a server begins and ends: addresses, sockets that systemd hands over, taken ports, stopping while it answers.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "server/http/http_server.h"
#include "server/http/port_owner.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"
#include "support/temporary_folder.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::TemporaryFolder;
using testing::TestServer;

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message() + "; " + error.hint();
  }
  return "no error";
}

TEST(HttpLifecycle, NamesTheOwnerOfATakenPort) {
  const TestServer first;
  HttpOptions options;
  options.port = first.port();
  options.socket_activation = false;
  HttpServer second(options, Router());
  const std::string message = error_of([&] { second.start(); });
  EXPECT_THAT(message, HasSubstr("port " + std::to_string(first.port()) + " is taken by"));
  EXPECT_THAT(message, HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_THAT(message, HasSubstr("--port"));
}

TEST(HttpLifecycle, FindsNoOwnerOfAFreePort) {
  std::uint16_t port = 0;
  {
    const TestServer server;
    port = server.port();
    EXPECT_THAT(port_owner(port), HasSubstr("(process "));
  }
  EXPECT_EQ(port_owner(port), "");
  EXPECT_EQ(port_owner(port, "/nonexistent"), "");
}

TEST(HttpLifecycle, WantsKeysBeforeOthersCanReachIt) {
  HttpOptions options;
  options.hosts = {"0.0.0.0"};
  options.port = 0;
  options.socket_activation = false;
  EXPECT_THAT(error_of([&] { HttpServer(options, Router()).start(); }), HasSubstr("no API key is asked for"));
  options.access.insecure = true;
  EXPECT_NO_THROW(HttpServer(options, Router()).start());
  options.access.insecure = false;
  options.access.keys = {make_api_key("a", "0123456789abcdef", {Scope::kAdmin})};
  EXPECT_NO_THROW(HttpServer(options, Router()).start());
}

TEST(HttpLifecycle, RefusesOptionsThatCannotBe) {
  const auto start = [](const std::function<void(HttpOptions&)>& change) {
    HttpOptions options;
    options.port = 0;
    options.socket_activation = false;
    change(options);
    return error_of([&] { HttpServer(options, Router()).start(); });
  };
  EXPECT_THAT(start([](HttpOptions& o) { o.hosts = {"no such host"}; }), HasSubstr("'no such host' is no address"));
  EXPECT_THAT(start([](HttpOptions& o) { o.hosts = {}; }), HasSubstr("no host"));
  EXPECT_THAT(start([](HttpOptions& o) { o.tls_certificate = "a.pem"; }), HasSubstr("only one of them"));
  EXPECT_THAT(start([](HttpOptions& o) { o.tls_certificate = o.tls_key = "/nonexistent/a.pem"; }),
              HasSubstr("/nonexistent/a.pem"));
  EXPECT_THAT(start([](HttpOptions& o) { o.access.keys = {{"a", "abc", {Scope::kChat}}}; }), HasSubstr("SHA-256"));
  EXPECT_THAT(start([](HttpOptions& o) { o.unix_socket = std::string(200, 'a'); }), HasSubstr("too long"));
  EXPECT_EQ(start([](HttpOptions&) {}), "no error");
}

TEST(HttpLifecycle, ListensOnAllAddressesOfAName) {
  HttpOptions options;
  options.hosts = {"localhost"};
  TestServer server(options);
  RawClient client(server.port());
  client.request("GET", "/hello");
  EXPECT_EQ(client.response().body, "hello");
  for (const std::string& address : server.server->addresses()) {
    EXPECT_TRUE(address == "http://127.0.0.1:" + std::to_string(server.port()) ||
                address == "http://[::1]:" + std::to_string(server.port()))
        << address;
  }
}

TEST(HttpLifecycle, ListensOnAUnixSocketOfItsOwner) {
  const TemporaryFolder folder;
  HttpOptions options;
  options.unix_socket = folder.file("hearth.sock");
  {
    TestServer server(options);
    struct stat status {};
    ASSERT_EQ(::stat(options.unix_socket.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    RawClient client(options.unix_socket);
    client.send("GET /hello HTTP/1.1\r\nHost: any.name\r\n\r\n");  // no page can get here
    EXPECT_EQ(client.response().body, "hello");
    HttpOptions again = options;
    again.port = 0;
    again.socket_activation = false;
    EXPECT_THAT(error_of([&] { HttpServer(again, Router()).start(); }), HasSubstr("another server listens there"));
  }
  EXPECT_FALSE(std::filesystem::exists(options.unix_socket));
}

TEST(HttpLifecycle, ReplacesTheSocketOfAKilledServerAndNothingElse) {
  const TemporaryFolder folder;
  HttpOptions options;
  options.unix_socket = folder.file("hearth.sock");
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, options.unix_socket.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(stale);
  { const TestServer server(options); }
  ::close(::open(options.unix_socket.c_str(), O_CREAT | O_WRONLY, 0600));
  options.port = 0;
  options.socket_activation = false;
  EXPECT_THAT(error_of([&] { HttpServer(options, Router()).start(); }), HasSubstr("is no socket"));
  EXPECT_TRUE(std::filesystem::exists(options.unix_socket));
}

/// In a process of its own: descriptor 3 is what systemd gives.
[[noreturn]] void run_activated() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 16) != 0) _exit(1);
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  if (fd != 3) {
    ::dup2(fd, 3);
    ::close(fd);
  }
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  Router router;
  router.add("GET", "/hello", Scope::kPublic,
             [](const std::shared_ptr<Exchange>& exchange) { exchange->respond(200, "text/plain", "activated"); });
  HttpOptions options;
  options.port = 1;  // would be refused
  HttpServer server(options, std::move(router));
  server.start();
  if (server.port() != ntohs(address.sin_port)) _exit(2);
  RawClient client(server.port());
  client.request("GET", "/hello");
  const bool right = client.response().body == "activated";
  server.stop(milliseconds(0));
  _exit(right ? 0 : 3);
}

TEST(HttpLifecycleDeathTest, TakesOverSystemdsSockets) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_activated(), ::testing::ExitedWithCode(0), "");
}

TEST(HttpLifecycle, LetsRunningAnswersFinishWhenItStops) {
  TestServer server;
  RawClient idle(server.port());
  idle.request("GET", "/hello");
  idle.response();
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  exchange->begin_stream(200, "text/plain");
  exchange->write("begun, ");
  const std::uint16_t port = server.port();
  std::thread stopping([&] { server.server->stop(std::chrono::seconds(20)); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_THROW(
      {
        RawClient late(port);
        if (late.closed_by_server()) throw std::runtime_error("closed");
      },
      std::runtime_error);
  EXPECT_TRUE(exchange->write("ended"));
  exchange->end();
  const auto response = client.response();
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body, "begun, ended");
  stopping.join();
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpLifecycle, EndsWhatDoesNotFinishInTime) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/park", "{}");
  const auto exchange = server.parked.take();
  std::atomic<int> calls = 0;
  exchange->on_gone([&] { ++calls; });
  exchange->begin_stream(200, "text/plain");
  server.server->stop(milliseconds(50));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(client.response().complete);
  // The handler may hold the exchange longer than the server lives.
  server.server.reset();
  EXPECT_FALSE(exchange->write("more"));
  EXPECT_TRUE(exchange->gone());
  exchange->end();
}

TEST(HttpLifecycle, WaitsOnlyForAnswersAndNotForRequestsThatDoNotCome) {
  HttpOptions options;
  options.limits.unfinished_time = milliseconds(20);
  TestServer server(options);
  RawClient head(server.port()), body(server.port()), upload(server.port()), running(server.port());
  running.request("POST", "/v1/park", "{}");
  const auto exchange = server.parked.take();
  head.send("GET /hello HTTP/1.1\r\nHos");
  body.send("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
  upload.send("POST /file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
  ASSERT_TRUE(eventually([&] { return server.server->stats().connections == 4; }));
  // What was sent before is read before this is answered, twice: the ends of one round may come in any order.
  for (int i = 0; i < 2; ++i) {
    RawClient after(server.port());
    after.request("GET", "/hello");
    EXPECT_EQ(after.response().body, "hello");
  }
  std::thread stopping([&] { server.server->stop(std::chrono::hours(1)); });
  for (RawClient* client : {&head, &body, &upload}) {
    const auto response = client->response();
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("the server is stopping"));
    EXPECT_TRUE(response.headers.contains("retry-after"));
    EXPECT_TRUE(client->closed_by_server());
  }
  exchange->respond(200, "text/plain", "there was time for this");
  EXPECT_EQ(running.response().body, "there was time for this");
  stopping.join();  // not in an hour
}

TEST(HttpLifecycle, TakesARequestThatCompletesWhileItStops) {
  HttpOptions options;
  options.limits.unfinished_time = std::chrono::hours(1);
  TestServer server(options);
  RawClient client(server.port()), idle(server.port());
  client.send("POST /v1/park HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{");
  for (int i = 0; i < 2; ++i) {
    idle.request("GET", "/hello");
    EXPECT_EQ(idle.response().body, "hello");
  }
  std::thread stopping([&] { server.server->stop(std::chrono::hours(1)); });
  EXPECT_TRUE(idle.closed_by_server());
  client.send("}");
  server.parked.take()->respond(200, "text/plain", "taken");
  EXPECT_EQ(client.response().body, "taken");
  stopping.join();
}

TEST(HttpLifecycle, TellsThoseWhoStillWaitWhenThePatienceIsOver) {
  TestServer server;
  RawClient openai(server.port()), anthropic(server.port()), ollama(server.port()), stream(server.port()),
      silent(server.port());
  const auto park = [&](RawClient& client, const char* path) {
    client.request("POST", path, "{}");
    return server.parked.take();
  };
  const auto first = park(openai, "/v1/park"), second = park(anthropic, "/v1/messages"),
             third = park(ollama, "/api/park"), streamed = park(stream, "/v1/park"), open = park(silent, "/v1/park");
  std::atomic<int> told = 0, cut = 0;
  first->on_gone([&] { ++told; });
  open->on_gone([&] { ++cut; });
  streamed->begin_stream(200, "text/plain");
  streamed->write("begun, ");
  open->begin_stream(200, "text/plain");
  server.server->stop(milliseconds(10), [&] {
    EXPECT_EQ(told, 1) << "handlers may end their work before streams are ended";
    EXPECT_FALSE(streamed->gone());
    streamed->write("stopped");
    streamed->end();
  });
  auto response = openai.response();
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr(R"("message":"the server is stopping","type":"overloaded_error")"));
  EXPECT_EQ(response.headers["retry-after"], "1");
  response = anthropic.response();
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr(R"({"type":"error","error":{"type":"overloaded_error",)"));
  response = ollama.response();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, R"({"error":"the server is stopping"})");
  response = stream.response();
  EXPECT_EQ(response.body, "begun, stopped");
  EXPECT_TRUE(response.complete);
  EXPECT_FALSE(silent.response().complete) << "a stream that nobody ended is not made to look whole";
  EXPECT_EQ(told, 1);
  EXPECT_EQ(cut, 1);
}

TEST(HttpLifecycle, StopsTwiceAndWithoutAStart) {
  TestServer server;
  server.server->stop(milliseconds(0));
  server.server->stop(milliseconds(0));
  HttpServer never(HttpOptions{}, Router{});
  never.stop(milliseconds(0));
}

TEST(HttpLifecycle, TakesNewRulesWhileItRuns) {
  TestServer server;
  RawClient client(server.port());
  client.request("POST", "/echo", "a");
  EXPECT_EQ(client.response().status, 200);
  HttpOptions options;
  options.access.keys = {make_api_key("new", "0123456789abcdef", {Scope::kChat})};
  options.limits.body_bytes = 3;
  server.server->reload(options);
  client.request("POST", "/echo", "a", "Connection: close\r\n");
  EXPECT_EQ(client.response().status, 401);
  RawClient with_key(server.port());
  with_key.request("POST", "/echo", "abc", "api-key: 0123456789abcdef\r\n");
  EXPECT_EQ(with_key.response().status, 200);
  with_key.request("POST", "/echo", "abcd", "api-key: 0123456789abcdef\r\n");
  EXPECT_EQ(with_key.response().status, 413);
  options.access.keys[0].sha256 = "wrong";
  EXPECT_THAT(error_of([&] { server.server->reload(options); }), HasSubstr("SHA-256"));
  RawClient still(server.port());
  still.request("POST", "/echo", "abc", "api-key: 0123456789abcdef\r\n");
  EXPECT_EQ(still.response().status, 200);
}

TEST(HttpLifecycle, SurvivesClientsThatComeAndGo) {
  TestServer server;
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        RawClient client(server.port());
        client.request("POST", i % 3 == 0 ? "/park" : "/echo", "abc");
        if (i % 3 == 0) {
          const auto exchange = server.parked.take();
          exchange->begin_stream(200, "text/plain");
          exchange->write("abc");
          // Before it is parked, nobody would begin what a lost client asked for, and another one waits for it.
          client.read_until("\r\n\r\n");
          if (i % 2 == 0) client.reset();
          exchange->end();
        } else if (i % 3 == 1) {
          if (client.response().body == "abc") ++answered;
        } else if (t % 2 == 0) {
          client.reset();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 80);
  EXPECT_TRUE(eventually([&] { return server.server->stats().connections == 0; }));
  EXPECT_EQ(server.server->stats().exchanges, 0U);
}

}  // namespace
}  // namespace hearth
