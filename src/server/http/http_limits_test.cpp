// Too much of anything: requests, connections, time, memory. What is refused is told when to come back, and the others
// do not notice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/http/acceptor.h"
#include "server/http/http_server.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;
using testing::eventually;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::RawResponse;
using testing::TestServer;

/// Handlers wait here until the test lets them go.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_waiting(int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= n; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

void add_echo(Router& router, const char* path) {
  router.add("POST", path, Scope::kPublic, [](const std::shared_ptr<Exchange>& exchange) {
    exchange->respond(200, "text/plain", std::move(exchange->request().body));
  });
}

/// A server with one handler thread, which is held up, and a route that is answered at once.
struct HeldUpServer {
  Gate gate;
  std::atomic<int> begun = 0;
  std::unique_ptr<TestServer> server;

  HeldUpServer() {
    Router router;
    router.add("GET", "/v1/slow", Scope::kPublic, [this](const std::shared_ptr<Exchange>& exchange) {
      gate.wait();
      exchange->respond(200, "text/plain", "slow");
    });
    const Handler counted = [this](const std::shared_ptr<Exchange>& exchange) {
      ++begun;
      exchange->respond(200, "text/plain", "done");
    };
    router.add("POST", "/v1/work", Scope::kChat, counted);
    router.add("GET", "/v1/list", Scope::kAny, counted);
    RouteOptions at_once;
    at_once.at_once = true;
    router.add(
        "GET", "/alive", Scope::kPublic,
        [](const std::shared_ptr<Exchange>& exchange) { exchange->respond(200, "text/plain", "alive"); }, at_once);
    HttpOptions options;
    options.limits.handler_threads = 1;
    server = std::make_unique<TestServer>(options, std::move(router));
  }
  ~HeldUpServer() { gate.open(); }
  bool is_alive() {
    RawClient client(server->port());
    client.request("GET", "/alive");
    return client.response().body == "alive";
  }
};

TEST(HttpLimits, AnswersAtOnceWhatMustNotWaitForAHandler) {
  HeldUpServer held;
  RawClient slow(held.server->port());
  slow.request("GET", "/v1/slow");
  held.gate.wait_for_waiting(1);
  EXPECT_TRUE(held.is_alive());
  RawClient head(held.server->port());
  head.request("HEAD", "/alive");
  EXPECT_EQ(head.response(true).status, 200);
  held.gate.open();
  EXPECT_EQ(slow.response().body, "slow");
}

TEST(HttpLimits, DoesNotBeginTheWorkOfClientsThatHaveLeft) {
  HeldUpServer held;
  RawClient slow(held.server->port());
  slow.request("GET", "/v1/slow");
  held.gate.wait_for_waiting(1);
  const auto waits = [&held](std::size_t n) {
    return eventually([&] { return held.server->server->stats().waiting_for_handler == n; });
  };
  RawClient crashed(held.server->port()), half(held.server->port());
  crashed.request("POST", "/v1/work", "{}");
  half.request("GET", "/v1/list");
  ASSERT_TRUE(waits(2));
  crashed.reset();
  ASSERT_TRUE(eventually([&] { return held.server->server->stats().connections == 2; }));
  half.shutdown_send();
  // The network's thread sees that end before it answers what comes behind it.
  EXPECT_TRUE(held.is_alive() && held.is_alive());
  held.gate.open();
  EXPECT_EQ(half.response().body, "done") << "who closed one half may read the answer all the same";
  EXPECT_EQ(held.begun, 1);
  EXPECT_TRUE(eventually([&] { return held.server->server->stats().exchanges == 0; }));
}

TEST(HttpLimits, AnswersBusyWhenTooManyWaitForAHandler) {
  Gate gate;
  Router router;
  router.add("GET", "/v1/slow", Scope::kPublic, [&](const std::shared_ptr<Exchange>& exchange) {
    gate.wait();
    exchange->respond(200, "text/plain", "slow");
  });
  HttpOptions options;
  options.limits.handler_threads = 2;
  options.limits.handler_queue = 3;
  TestServer server(options, std::move(router));
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) clients.emplace_back(server.port()).request("GET", "/v1/slow");
  gate.wait_for_waiting(2);
  for (int i = 0; i < 3; ++i) clients.emplace_back(server.port()).request("GET", "/v1/slow");
  ASSERT_TRUE(eventually([&] { return server.server->stats().waiting_for_handler == 3; }));
  RawClient one_more(server.port());
  one_more.request("GET", "/v1/slow");
  const RawResponse busy = one_more.response();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.at("retry-after"), "1");
  EXPECT_THAT(busy.body, HasSubstr("overloaded_error"));
  gate.open();
  for (RawClient& client : clients) EXPECT_EQ(client.response().body, "slow");
}

TEST(HttpLimits, TurnsAwayTooManyConnections) {
  HttpOptions options;
  options.limits.connections = 3;
  TestServer server(options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(server.port()).request("GET", "/hello");
    EXPECT_EQ(clients.back().response().status, 200);
  }
  RawClient one_more(server.port());
  const RawResponse refused = one_more.response();
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.complete);
  EXPECT_EQ(refused.body.size(), std::stoul(refused.headers.at("content-length")));
  EXPECT_TRUE(refused.body.ends_with("}}")) << refused.body;
  EXPECT_TRUE(one_more.closed_by_server());
  clients.pop_back();
  ASSERT_TRUE(eventually([&] { return server.server->stats().connections == 2; }));
  RawClient again(server.port());
  again.request("GET", "/hello");
  EXPECT_EQ(again.response().body, "hello");
}

TEST(HttpLimits, TurnsAwayTooManyConnectionsOfOneAddress) {
  HttpOptions options;
  options.limits.connections_per_address = 1;
  TestServer server(options);
  RawClient first(server.port());
  first.request("GET", "/hello");
  EXPECT_EQ(first.response().status, 200);
  EXPECT_EQ(RawClient(server.port()).response().status, 503);
}

TEST(HttpLimits, TakesFewerConnectionsOfAnotherMachine) {
  HttpLimits limits;
  EXPECT_GT(limits.connections_per_remote_address, 0U);
  EXPECT_LT(limits.connections_per_remote_address, limits.connections);
  limits.connections_per_address = 7;
  limits.connections_per_remote_address = 5;
  for (const char* here : {"127.0.0.1", "127.1.2.3", "::1", "unix"}) EXPECT_EQ(most_connections_of(limits, here), 7U);
  for (const char* other : {"10.0.0.1", "192.168.127.1", "2001:db8::1", "unknown"}) {
    EXPECT_EQ(most_connections_of(limits, other), 5U) << other;
  }
}

TEST(HttpLimits, EndsIdleConnections) {
  HttpOptions options;
  options.limits.keep_alive = milliseconds(50);
  TestServer server(options);
  RawClient client(server.port());
  client.request("GET", "/hello");
  client.response();
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpLimits, DoesNotWaitForSlowHeads) {
  HttpOptions options;
  options.limits.header_time = milliseconds(200);
  TestServer server(options);
  RawClient silent(server.port());
  RawClient slow(server.port());
  slow.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n");
  const auto began = std::chrono::steady_clock::now();
  bool open = true;
  // A field every few milliseconds keeps it busy, and must not keep it open.
  for (int i = 0; i < 1000 && open; ++i) {
    open = slow.send("A: b\r\n");
    ::usleep(5000);
    if (std::chrono::steady_clock::now() - began > milliseconds(400)) break;
  }
  EXPECT_EQ(slow.response().status, 408);
  EXPECT_TRUE(silent.closed_by_server());
}

TEST(HttpLimits, DoesNotWaitForStalledBodies) {
  HttpOptions options;
  options.limits.body_time = milliseconds(100);
  TestServer server(options);
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.response().status, 408);
}

TEST(HttpLimits, DoesNotWaitForBodiesThatTrickle) {
  HttpOptions options;
  options.limits.body_time = milliseconds(300);
  TestServer server(options);
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + std::string(500'000, 'x'));
  std::atomic<bool> is_over = false;
  std::thread trickle([&] {  // a byte every few milliseconds, which is no progress
    while (!is_over && client.send("x")) ::usleep(10'000);
  });
  EXPECT_EQ(client.response().status, 408);
  is_over = true;
  trickle.join();
}

TEST(HttpLimits, WaitsForBodiesThatComeSlowlyButDo) {
  HttpOptions options;
  options.limits.body_time = milliseconds(1500);
  TestServer server(options);
  RawClient client(server.port());
  const std::string part(HttpLimits::kSmallBody, 'x');
  const auto began = std::chrono::steady_clock::now();
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(part.size() * 5) +
              "\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    client.send(part);
    ::usleep(400'000);
  }
  EXPECT_EQ(client.response().body.size(), part.size() * 5);
  EXPECT_GT(std::chrono::steady_clock::now() - began, options.limits.body_time);
}

TEST(HttpLimits, TakesNoLargeBodiesOfStrangersAndWhereNobodyReadsThem) {
  Router router;
  add_echo(router, "/public");
  HttpOptions options;
  options.access.keys.push_back(make_api_key("ci", "0123456789abcdef", {Scope::kChat}));
  TestServer server(options, std::move(router));
  const std::string length = "Content-Length: 33554432\r\n", key = "x-api-key: 0123456789abcdef\r\n";
  const auto status = [&](const std::string& line, const std::string& fields, const std::string& body = {}) {
    RawClient client(server.port());
    client.send(line + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body);
    return client.response().status;
  };
  // Told from the head alone: no byte of these bodies is sent.
  EXPECT_EQ(status("GET /hello", length), 413);
  EXPECT_EQ(status("POST /public", length), 413);
  EXPECT_EQ(status("GET /park", length + key), 413);
  EXPECT_EQ(status("POST /echo", length), 401);
  EXPECT_EQ(status("POST /echo", length + "x-api-key: wrong-wrong-wrong\r\n"), 401);
  EXPECT_EQ(status("POST /public", "Transfer-Encoding: chunked\r\n", "3000\r\n" + std::string(0x3000, 'x')), 413);
  EXPECT_EQ(status("POST /public", "Content-Length: 8192\r\n", std::string(8192, 'x')), 200);
}

TEST(HttpLimits, TakesSmallBodiesBesideAsManyLargeOnesAsFit) {
  Gate gate;
  Router router;
  router.add("POST", "/v1/slow", Scope::kChat, [&](const std::shared_ptr<Exchange>& exchange) {
    gate.wait();  // its body is counted meanwhile
    exchange->respond(200, "text/plain", "slow");
  });
  HttpOptions options;
  options.limits.all_bodies_bytes = 2 << 20;
  TestServer server(options, std::move(router));
  RawClient large(server.port());
  large.request("POST", "/v1/slow", std::string(2 << 20, 'x'));
  gate.wait_for_waiting(1);
  RawClient refused(server.port());
  refused.request("POST", "/echo", std::string(HttpLimits::kSmallBody + 1, 'x'));
  EXPECT_EQ(refused.response().status, 503);
  for (const std::size_t size : {std::size_t{1}, static_cast<std::size_t>(HttpLimits::kSmallBody)}) {
    RawClient small(server.port());
    small.request("POST", "/echo", std::string(size, 'x'));
    EXPECT_EQ(small.response().body.size(), size);
  }
  gate.open();
  EXPECT_EQ(large.response().body, "slow");
}

TEST(HttpLimits, BoundsAllBodiesTogether) {
  HttpOptions options;
  options.limits.all_bodies_bytes = 3 << 20;
  TestServer server(options);
  const std::string half(1 << 20, 'x');
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.port())
        .send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2097152\r\n\r\n" + half);
  }
  RawClient more(server.port());
  more.request("POST", "/echo", half + half);
  EXPECT_EQ(more.response().status, 503);
  for (RawClient& client : clients) client.close();
  ASSERT_TRUE(eventually([&] { return server.server->stats().connections <= 1; }));
  RawClient again(server.port());
  again.request("POST", "/echo", half + half);
  EXPECT_EQ(again.response().status, 200);
}

TEST(HttpLimits, LimitsAKeysRateAndItsRunningRequests) {
  HttpOptions options;
  ApiKey key = make_api_key("ci", "0123456789abcdef", {Scope::kChat});
  key.requests_per_minute = 2;
  options.access.keys.push_back(key);
  ApiKey narrow = make_api_key("narrow", "fedcba9876543210", {Scope::kChat});
  narrow.max_concurrent = 1;
  options.access.keys.push_back(narrow);
  TestServer server(options);
  const char* first = "Authorization: Bearer 0123456789abcdef\r\n";
  const char* second = "x-api-key: fedcba9876543210\r\n";
  RawClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.request("POST", "/echo", "a", first);
    EXPECT_EQ(client.response().status, 200);
  }
  RawClient limited(server.port());
  limited.request("POST", "/echo", "a", first);
  const RawResponse refused = limited.response();
  EXPECT_EQ(refused.status, 429);
  const int wait = std::stoi(refused.headers.at("retry-after"));
  EXPECT_TRUE(wait >= 1 && wait <= 30) << wait;

  RawClient running(server.port());
  running.request("POST", "/park", "a", second);
  std::shared_ptr<Exchange> exchange = server.parked.take();
  RawClient beside(server.port());
  beside.request("POST", "/echo", "a", second);
  EXPECT_EQ(beside.response().status, 429);
  exchange->respond(200, "text/plain", "done");
  exchange.reset();
  EXPECT_EQ(running.response().status, 200);
  RawClient after(server.port());
  after.request("POST", "/echo", "a", second);
  EXPECT_EQ(after.response().status, 200);
}

long resident_kib() {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

/// Raises the number of descriptors to what is allowed; how many clients of this process's own server fit.
std::size_t room_for_clients(std::size_t wanted) {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = std::min<rlim_t>(descriptors.rlim_max, 4096);
  setrlimit(RLIMIT_NOFILE, &descriptors);
  return std::min<std::size_t>(wanted, (descriptors.rlim_cur - 100) / 2);
}

TEST(HttpLimits, KeepsAThousandIdleConnectionsCheap) {
  TestServer server;
  {
    RawClient warm(server.port());
    warm.request("GET", "/hello");
    warm.response();
  }
  const std::size_t n_connections = room_for_clients(1000);
  const long before = resident_kib();
  std::vector<RawClient> clients;
  clients.reserve(n_connections);
  for (std::size_t i = 0; i < n_connections; ++i) {
    clients.emplace_back(server.port()).request("GET", "/hello");
    ASSERT_EQ(clients.back().response().status, 200);
  }
  ASSERT_TRUE(eventually([&] { return server.server->stats().connections == n_connections; }));
  const long each = (resident_kib() - before) * 1024 / static_cast<long>(n_connections);
  RecordProperty("bytes_per_idle_connection", std::to_string(each));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(each, 16 * 1024);
#endif
  RawClient one_more(server.port());
  one_more.request("GET", "/hello");
  EXPECT_EQ(one_more.response().body, "hello");
}

TEST(HttpLimits, StreamsToTwoHundredBesideIdleConnections) {
  TestServer server;
  const std::size_t n_streams = std::min<std::size_t>(200, room_for_clients(700) / 3);
  std::vector<RawClient> idle, streaming;
  std::vector<std::shared_ptr<Exchange>> exchanges;
  for (std::size_t i = 0; i < 2 * n_streams; ++i) {
    idle.emplace_back(server.port()).request("GET", "/hello");
    idle.back().response();
  }
  for (std::size_t i = 0; i < n_streams; ++i) {
    streaming.emplace_back(server.port()).request("POST", "/park", "{}");
    exchanges.push_back(server.parked.take());
    exchanges.back()->begin_stream(200, "text/event-stream");
  }
  std::string expected;
  for (int token = 0; token < 50; ++token) {
    const std::string piece = "data: " + std::to_string(token) + "\n\n";
    expected += piece;
    for (const auto& exchange : exchanges) EXPECT_TRUE(exchange->write(piece));
    if (token % 10 == 0) {
      RawClient other(server.port());
      other.request("GET", "/hello");
      EXPECT_EQ(other.response().body, "hello");
    }
  }
  for (const auto& exchange : exchanges) exchange->end();
  for (RawClient& client : streaming) EXPECT_EQ(client.response().body, expected);
  for (RawClient& client : idle) {
    client.request("GET", "/hello");
    EXPECT_EQ(client.response().body, "hello");
  }
}

TEST(HttpLimits, DoesNotGrowWithTheNumberOfRequests) {
  Router router;
  router.add("GET", "/stream", Scope::kPublic, [](const std::shared_ptr<Exchange>& exchange) {
    exchange->begin_stream(200, "text/plain");
    for (int i = 0; i < 5; ++i) exchange->write("piece");
    exchange->end();
  });
  add_echo(router, "/echo");
  HttpOptions options;
  options.port = 0;
  options.socket_activation = false;
  HttpServer server(options, std::move(router));
  server.start();
  long before = 0;
  for (int connection = 0; connection < 100; ++connection) {
    if (connection == 20) before = resident_kib();
    RawClient client(server.port());
    for (int i = 0; i < 50; ++i) {
      client.request("GET", "/stream");
      ASSERT_EQ(client.response().body, "piecepiecepiecepiecepiece");
      client.request("POST", "/echo", std::string(3000, 'x'));
      ASSERT_EQ(client.response().body.size(), 3000U);
    }
    client.request("GET", "/stream");
    if (connection % 2 == 0) client.reset();  // in the middle of an answer
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(resident_kib() - before, 1024);
#else
  EXPECT_GT(before, 0);
#endif
}

}  // namespace
}  // namespace hearth
