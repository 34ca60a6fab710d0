#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hearth/client.h"
#include "hearth/error.h"

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Answers each request on a connection of its own, and notes its target.
class ScriptedServer {
 public:
  using Script = std::function<std::pair<int, std::string>(const std::string& target)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      ADD_FAILURE() << "no socket";
    }
    address_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const std::string& address() const { return address_; }
  std::vector<std::string> targets() const {
    const std::lock_guard lock(mutex_);
    return targets_;
  }

 private:
  void serve() {
    for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0; fd = ::accept(listener_, nullptr, nullptr)) {
      std::string request;
      char buffer[4096];
      while (!request.ends_with('}')) {  // the end of the only bodies that come
        const ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n <= 0) break;
        request.append(buffer, static_cast<std::size_t>(n));
      }
      const std::size_t begin = request.find(' ') + 1;
      const std::string target = request.substr(begin, request.find(' ', begin) - begin);
      {
        const std::lock_guard lock(mutex_);
        targets_.push_back(target);
      }
      const auto [status, body] = script_(target);
      const std::string answer = "HTTP/1.1 " + std::to_string(status) +
                                 " Said\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                                 "\r\n\r\n" + body;
      (void)!::write(fd, answer.data(), answer.size());
      ::close(fd);
    }
  }

  Script script_;
  int listener_ = -1;
  std::string address_;
  mutable std::mutex mutex_;
  std::vector<std::string> targets_;
  std::jthread thread_;
};

TEST(ServerClient, StopsAModelByHearthsOwnRoute) {
  const ScriptedServer server([](const std::string&) { return std::pair(200, R"({"unloaded": true})"); });
  ServerClient(server.address()).stop_model("m");
  EXPECT_THAT(server.targets(), ElementsAre("/hearth/models/unload"));
}

TEST(ServerClient, AsksAServerThatLacksItAsOllamasClientsDo) {
  const ScriptedServer server([](const std::string& target) {
    return target == "/api/generate" ? std::pair(200, std::string(R"({"done_reason": "unload"})"))
                                     : std::pair(404, std::string("404 page not found"));
  });
  ServerClient(server.address()).stop_model("m");
  EXPECT_THAT(server.targets(), ElementsAre("/hearth/models/unload", "/api/generate"));
}

TEST(ServerClient, TakesAHearthAtItsWord) {
  for (const int status : {403, 404}) {
    const ScriptedServer server(
        [status](const std::string&) { return std::pair(status, R"({"error": {"message": "not for you"}})"); });
    try {
      ServerClient(server.address()).stop_model("m");
      ADD_FAILURE() << status;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), status == 404 ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.message(), HasSubstr("not for you"));
    }
    EXPECT_THAT(server.targets(), ElementsAre("/hearth/models/unload"));
  }
}

}  // namespace
}  // namespace hearth
