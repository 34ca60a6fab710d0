// A handler's thread that gets no memory at all, not even to say so: its connection ends, and the server serves on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "server/http/http_server.h"
#include "server/http/testing/raw_client.h"
#include "server/http/testing/test_server.h"

namespace {

thread_local bool starves = false;

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCanStarve = false;  // a sanitizer has its own
#else
constexpr bool kCanStarve = true;
// For all of this program: a thread that starves gets nothing. Not inlined, or the compiler takes what it sees of one
// for a mismatch with the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = starves ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
#endif

namespace hearth {
namespace {

using testing::RawClient;
using testing::RawResponse;
using testing::TestServer;

/// A server with one handler thread, and a route that leaves it without memory until its next request.
class HttpMemory : public ::testing::Test {
 protected:
  static Router routes() {
    Router router;
    router.add("GET", "/starve", Scope::kPublic, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->note("model", "tiny");
      starves = true;
      exchange->respond(200, "text/plain", std::string(1000, 'x'));
    });
    router.add("GET", "/starve/stream", Scope::kPublic, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->begin_stream(200, "text/plain");
      exchange->write("begun");
      starves = true;
      exchange->write(std::string(1000, 'x'));
    });
    router.add("GET", "/starve/drop", Scope::kPublic,
               [](const std::shared_ptr<Exchange>& /*exchange*/) { starves = true; });
    router.add("GET", "/feed", Scope::kPublic, [](const std::shared_ptr<Exchange>& exchange) {
      starves = false;
      exchange->respond(200, "text/plain", "fed");
    });
    return router;
  }
  static HttpOptions options() {
    HttpOptions options;
    options.limits.handler_threads = 1;
    return options;
  }
  bool serves() {
    RawClient client(server_.port());
    client.request("GET", "/feed");
    return client.response().body == "fed";
  }

  TestServer server_{options(), routes()};
};

TEST_F(HttpMemory, AnAnswerThatFindsNoneEndsItsConnectionAlone) {
  if (!kCanStarve) GTEST_SKIP() << "skipped: the sanitizer's allocator is not replaced";
  RawClient other(server_.port());
  for (const char* path : {"/starve", "/starve/drop", "/starve/stream"}) {
    RawClient client(server_.port());
    client.request("GET", path);
    // The network's thread has memory: where it is the one that finds the answer missing, it says so.
    const RawResponse response = client.response();
    if (response.complete) {
      EXPECT_EQ(response.status, 500) << path << response.body;
    } else {
      EXPECT_TRUE(client.closed_by_server()) << path;
    }
    EXPECT_TRUE(serves()) << path;
  }
  other.request("GET", "/hello");
  EXPECT_EQ(other.response().body, "hello");
  EXPECT_TRUE(testing::eventually([&] { return server_.server->stats().exchanges == 0; }));
}

}  // namespace
}  // namespace hearth
