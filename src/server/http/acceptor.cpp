#include "server/http/acceptor.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "server/access/host_name.h"
#include "server/http/connection.h"

namespace hearth {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::experimental::as_tuple(asio::use_awaitable);

struct Peer {
  std::string address;  ///< "127.0.0.1", "::1", "unix"
  std::string shown;    ///< with the port
  bool local = false;   ///< over a Unix socket
};

Peer peer_of(const StreamSocket& socket, int family) {
  if (family == AF_UNIX) return {"unix", "unix", true};
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  char text[INET6_ADDRSTRLEN] = {};
  const sockaddr* address = endpoint.data();
  if (error) return {"unknown", "unknown", false};  // it has gone already
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    const std::string name = ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return {name, name + ":" + std::to_string(ntohs(v4->sin_port)), false};
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {  // IPv4 on a listener for both: one machine has one address
    constexpr std::size_t kPrefix = 12;
    const std::string name = ::inet_ntop(AF_INET, v6->sin6_addr.s6_addr + kPrefix, text, sizeof text);
    return {name, name + ":" + std::to_string(ntohs(v6->sin6_port)), false};
  }
  const std::string name = ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  return {name, "[" + name + "]:" + std::to_string(ntohs(v6->sin6_port)), false};
}

void prepare(StreamSocket& socket, std::chrono::milliseconds write_time) {
  const int fd = socket.native_handle(), on = 1, unacknowledged = static_cast<int>(write_time.count());
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A client whose machine is gone says nothing; only these notice it.
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
}

/// Without a coroutine and without waiting: there are too many connections already.
void turn_away(StreamSocket& socket, bool tls) {
  constexpr std::string_view kBody =
      R"({"error":{"message":"the server has too many connections","type":"overloaded_error","param":null,"code":null}})";
  static const std::string kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(kBody.size()) + "\r\nRetry-After: 1\r\nConnection: close\r\n\r\n" + std::string(kBody);
  if (!tls) ::send(socket.native_handle(), kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  boost::system::error_code ignored;
  socket.shutdown(StreamSocket::shutdown_both, ignored);
}

}  // namespace

std::size_t most_connections_of(const HttpLimits& limits, std::string_view address) {
  const bool is_here = address == "unix" || is_loopback_name(address);
  return is_here ? limits.connections_per_address : limits.connections_per_remote_address;
}

Acceptor::Acceptor(ServerContext& server, int fd, int family)
    : server_(server), family_(family), acceptor_(server.loop, asio::generic::stream_protocol(family, 0), fd) {}

void Acceptor::start() {
  if (!runs_ && acceptor_.is_open()) asio::co_spawn(server_.loop, run(), asio::detached);
}

void Acceptor::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> Acceptor::run() {
  struct Running {
    std::shared_ptr<Acceptor> self;
    explicit Running(std::shared_ptr<Acceptor> of) : self(std::move(of)) { self->runs_ = true; }
    ~Running() { self->runs_ = false; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
  };
  const Running running(shared_from_this());
  asio::steady_timer pause(server_.loop);
  while (acceptor_.is_open()) {
    StreamSocket socket(server_.loop);
    const auto [error] = co_await acceptor_.async_accept(socket, kAwait);
    if (server_.draining) break;
    if (!error) {
      try {
        take(std::move(socket));
      } catch (const std::exception&) {
        ++server_.n_refused;  // out of memory
      }
    } else {
      // Out of descriptors: the others go on meanwhile, and some will end.
      constexpr std::chrono::milliseconds kPause{100};
      pause.expires_after(kPause);
      co_await pause.async_wait(kAwait);
    }
  }
}

void Acceptor::take(StreamSocket socket) {
  const HttpLimits& limits = server_.options.limits;
  const Peer peer = peer_of(socket, family_);
  const auto same = server_.connections_of.find(peer.address);
  const std::size_t n_same = same == server_.connections_of.end() ? 0 : same->second;
  const bool tls = server_.tls != nullptr && !peer.local;
  const std::size_t most_same = most_connections_of(limits, peer.address);
  if (server_.n_connections >= limits.connections || (most_same != 0 && n_same >= most_same)) {
    ++server_.n_refused;
    turn_away(socket, tls);
    return;
  }
  ++server_.n_accepted;
  if (!peer.local) prepare(socket, limits.write_time);
  std::unique_ptr<Transport> transport =
      tls ? make_tls_transport(std::move(socket), server_.tls) : make_plain_transport(std::move(socket));
  std::make_shared<Connection>(server_, std::move(transport), peer.address, peer.shown, peer.local)->start();
}

}  // namespace hearth
