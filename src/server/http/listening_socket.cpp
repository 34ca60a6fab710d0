#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "server/access/host_name.h"
#include "server/http/listening_sockets.h"

namespace hearth {
namespace {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un path;
};

/// Its length in bytes, 0 where there is none.
socklen_t read_address(int fd, SocketAddress& address) {
  address = {};
  socklen_t size = sizeof address;
  return ::getsockname(fd, &address.any, &size) == 0 ? size : 0;
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), remove_path_(std::exchange(other.remove_path_, {})) {}

ListeningSocket::~ListeningSocket() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!remove_path_.empty()) ::unlink(remove_path_.c_str());
}

int ListeningSocket::release() { return std::exchange(fd_, -1); }

int ListeningSocket::family() const {
  SocketAddress address;
  return read_address(fd_, address) == 0 ? AF_UNSPEC : address.any.sa_family;
}

bool ListeningSocket::is_unix() const { return family() == AF_UNIX; }

bool ListeningSocket::is_loopback() const { return is_unix() || is_loopback_name(host()); }

std::uint16_t ListeningSocket::port() const {
  SocketAddress address;
  read_address(fd_, address);
  if (address.any.sa_family == AF_INET) return ntohs(address.v4.sin_port);
  return address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port) : 0;
}

std::string ListeningSocket::host() const {
  SocketAddress address;
  const socklen_t size = read_address(fd_, address);
  char text[INET6_ADDRSTRLEN] = {};
  if (address.any.sa_family == AF_INET) return ::inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text);
  if (address.any.sa_family == AF_INET6) return ::inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof text);
  const std::size_t head = offsetof(sockaddr_un, sun_path);
  if (address.any.sa_family != AF_UNIX || size <= head) return {};
  return {address.path.sun_path, ::strnlen(address.path.sun_path, size - head)};
}

std::string ListeningSocket::address(bool tls) const {
  const std::string name = host();
  if (is_unix()) return "unix:" + name;
  const bool v6 = name.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (v6 ? "[" + name + "]" : name) + ":" + std::to_string(port());
}

}  // namespace hearth
