// A client for tests that sends any bytes it is told to and takes answers apart; it forgives nothing.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hearth::testing {

struct RawResponse {
  int status = 0;
  std::string head;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< without the framing of chunks
  bool complete = false;                       ///< it ended as its framing says
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  }
  explicit RawClient(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() { close(); }

  int fd() const { return fd_; }
  /// False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// A whole request with Host and, where it has one, its body.
  bool request(std::string_view method, std::string_view target, std::string_view body = {},
               std::string_view fields = {}) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return send(text + std::string(fields) + "\r\n" + std::string(body));
  }
  void shutdown_send() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// As a program that crashes: the server gets a reset.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  /// More bytes; false at the end of the stream. Throws when none come in time.
  bool fill(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) != 1) throw std::runtime_error("no answer in time");
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  /// Whether the server closes without another byte.
  bool closed_by_server(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    return input_.empty() && !fill(patience);
  }
  /// Waits until `text` has come; gives everything up to its end.
  std::string read_until(std::string_view text) {
    while (input_.find(text) == std::string::npos) {
      if (!fill()) throw std::runtime_error("closed before: " + std::string(text));
    }
    const std::size_t end = input_.find(text) + text.size();
    std::string got = input_.substr(0, end);
    input_.erase(0, end);
    return got;
  }
  std::string read_all() {
    while (fill()) {
    }
    return std::exchange(input_, {});
  }
  /// `head_only`: to a HEAD. A missing head gives status 0.
  RawResponse response(bool head_only = false) {
    RawResponse response;
    while (input_.find("\r\n\r\n") == std::string::npos) {
      if (!fill()) return response;
    }
    response.head = read_until("\r\n\r\n");
    parse_head(response);
    if (head_only || response.status == 204 || response.status == 100) {
      response.complete = true;
    } else if (response.headers.contains("content-length")) {
      take(response, std::stoull(response.headers["content-length"]));
    } else if (response.headers.contains("transfer-encoding")) {
      take_chunks(response);
    } else {
      response.body = read_all();
      response.complete = true;
    }
    return response;
  }
  const std::string& pending() const { return input_; }

 private:
  [[noreturn]] static void fail(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  }
  static void parse_head(RawResponse& response) {
    if (response.head.size() > 12 && response.head.starts_with("HTTP/1.1 ")) {
      response.status = std::stoi(response.head.substr(9, 3));
    }
    for (std::size_t at = response.head.find("\r\n") + 2; at + 2 < response.head.size();) {
      const std::size_t end = response.head.find("\r\n", at);
      const std::string line = response.head.substr(at, end - at);
      const std::size_t colon = line.find(": ");
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      response.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2);
      at = end + 2;
    }
  }
  void take(RawResponse& response, std::size_t size) {
    while (input_.size() < size) {
      if (!fill()) {
        response.body = std::exchange(input_, {});
        return;
      }
    }
    response.body = input_.substr(0, size);
    input_.erase(0, size);
    response.complete = true;
  }
  void take_chunks(RawResponse& response) {
    while (true) {
      while (input_.find("\r\n") == std::string::npos) {
        if (!fill()) return;
      }
      const std::string line = read_until("\r\n");
      const std::size_t size = std::stoul(line, nullptr, 16);
      RawResponse chunk;
      take(chunk, size + 2);
      if (!chunk.complete || !chunk.body.ends_with("\r\n")) return;
      response.body += chunk.body.substr(0, size);
      if (size == 0) {
        response.complete = true;
        return;
      }
    }
  }

  int fd_;
  std::string input_;
};

/// Until `done()` holds; false when it does not within 20 seconds.
template <typename Done>
bool eventually(const Done& done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::usleep(2000);
  }
  return true;
}

}  // namespace hearth::testing
