// An HttpServer on a free port of 127.0.0.1 with a few routes that tests need, and the records of what it answered.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/http/http_server.h"

namespace hearth::testing {

/// Exchanges that a test answers when it likes.
class Parked {
 public:
  void add(std::shared_ptr<Exchange> exchange) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(exchange));
    changed_.notify_all();
  }
  /// The next one; waits for it.
  std::shared_ptr<Exchange> take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !waiting_.empty(); })) return nullptr;
    std::shared_ptr<Exchange> first = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Exchange>> waiting_;
};

class TestServer {
  mutable std::mutex mutex_;  // these outlive the server
  std::vector<RequestRecord> records_;

 public:
  /// Routes: GET /hello; POST /echo; POST /park and /v1/park and /api/park (to `parked`); POST /file; GET /who.
  explicit TestServer(HttpOptions options = {}, Router router = {}) {
    options.port = 0;
    options.socket_activation = false;
    options.on_request = [this](const RequestRecord& record) {
      const std::lock_guard lock(mutex_);
      records_.push_back(record);
    };
    add_routes(router);
    server = std::make_unique<HttpServer>(std::move(options), std::move(router));
    server->start();
  }
  std::uint16_t port() const { return server->port(); }
  std::vector<RequestRecord> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }

  Parked parked;
  std::unique_ptr<HttpServer> server;

 private:
  void add_routes(Router& router) {
    router.add("GET", "/hello", Scope::kPublic,
               [](const std::shared_ptr<Exchange>& exchange) { exchange->respond(200, "text/plain", "hello"); });
    const Handler echo = [](const std::shared_ptr<Exchange>& exchange) {
      exchange->respond(200, "application/octet-stream", std::move(exchange->request().body));
    };
    router.add("POST", "/echo", Scope::kChat, echo);
    router.add("POST", "/small", Scope::kChat, echo, {.dialect = nullptr, .max_body_bytes = 1000});
    const Handler park = [this](const std::shared_ptr<Exchange>& exchange) { parked.add(exchange); };
    for (const char* path : {"/park", "/v1/park", "/api/park", "/v1/messages"}) {
      router.add("POST", path, Scope::kChat, park);
      if (std::string_view(path) == "/park") router.add("GET", path, Scope::kChat, park);
    }
    router.add("POST", "/file", Scope::kManage, park,
               {.dialect = nullptr, .max_body_bytes = 64 << 20, .body_to_file = true});
    router.add("GET", "/who", Scope::kAny, [](const std::shared_ptr<Exchange>& exchange) {
      exchange->respond(200, "text/plain", exchange->request().principal.key_name);
    });
  }
};

}  // namespace hearth::testing
