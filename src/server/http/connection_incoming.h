// A request on its way in, from its first byte to its handler. For the connection alone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/connection.h"

namespace hearth {

/// A body's share of the memory that all bodies may take together, given back when it goes.
class BodyMemory {
 public:
  explicit BodyMemory(std::shared_ptr<std::atomic<std::uint64_t>> all) : all_(std::move(all)) {}
  ~BodyMemory() { all_->fetch_sub(own_); }
  BodyMemory(const BodyMemory&) = delete;
  BodyMemory& operator=(const BodyMemory&) = delete;
  void set(std::uint64_t bytes) {
    all_->fetch_add(bytes - own_);  // modulo 2^64
    own_ = bytes;
  }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> all_;
  std::uint64_t own_ = 0;
};

struct Connection::Incoming {
  explicit Incoming(std::size_t max_header_bytes) : parser(max_header_bytes) {}

  void refuse(int status, std::string message, int retry_after = 0) {
    refusal.emplace(ErrorCode::kInvalidArgument, std::move(message),
                    ErrorDetails{.status = status, .type = {}, .param = {}, .code = {}, .retry_after = retry_after});
  }

  RequestParser parser;
  bool head_known = false;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::optional<HttpError> refusal;
  std::vector<HttpHeader> fields;     ///< of any answer: CORS, Allow
  std::vector<HttpHeader> preflight;  ///< of the answer to OPTIONS
  Router::Match match;                ///< no route: the answer is a refusal, or the one to OPTIONS
  std::shared_ptr<void> lease;
  std::shared_ptr<BodyMemory> memory;
  std::shared_ptr<SpoolFile> file;
  std::uint64_t bytes_in = 0;
  HttpRequest seen;  ///< what the log may say: method, id, route, principal
};

}  // namespace hearth
