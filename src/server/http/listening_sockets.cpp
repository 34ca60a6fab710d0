#include "server/http/listening_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/quote.h"
#include "hearth/error.h"
#include "server/http/port_owner.h"

namespace hearth {
namespace {

constexpr int kFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

std::string system_says(int error) { return std::strerror(error); }

[[noreturn]] void fail_listen(const std::string& where, std::uint16_t port, int error) {
  if (error == EADDRINUSE && port != 0) {
    const std::string owner = port_owner(port);
    throw Error(ErrorCode::kIo, "port " + std::to_string(port) + " is taken" + (owner.empty() ? "" : " by " + owner),
                "stop that program or choose another port with --port");
  }
  const bool privileged = error == EACCES && port != 0 && port < 1024;
  throw Error(ErrorCode::kIo, "cannot listen on " + where + ": " + system_says(error),
              privileged ? "ports below 1024 need root; choose another with --port" : "");
}

/// The caller closes it. -1 with errno where the system refuses.
int open_tcp(const addrinfo& at, bool only_v6) {
  const int fd = ::socket(at.ai_family, kFlags, 0);
  if (fd < 0) return -1;
  const int on = 1, v6 = only_v6 ? 1 : 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (at.ai_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6, sizeof v6);
  if (::bind(fd, at.ai_addr, at.ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

void set_port(addrinfo& at, std::uint16_t port) {
  if (at.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(at.ai_addr)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(at.ai_addr)->sin_port = htons(port);
  }
}

/// All addresses of a name; it is enough that one of them is there, as with "localhost" where IPv6 is off.
void open_host(const std::string& host, std::uint16_t& port, bool only_v6, std::vector<ListeningSocket>& sockets) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string name = bracketed ? host.substr(1, host.size() - 2) : host;
  if (const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found)) {
    throw Error(ErrorCode::kInvalidArgument, "the host " + quote(host) + " is no address here: " + gai_strerror(error),
                "127.0.0.1 is this machine alone, 0.0.0.0 all its addresses");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int problem = 0;
  bool any = false;
  for (addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
    set_port(*at, port);
    const int fd = open_tcp(*at, only_v6);
    if (fd < 0) {
      problem = errno;
      // A port that is taken on one address of a name would send some clients to another program.
      if (problem == EADDRINUSE || problem == EACCES) fail_listen(host, port, problem);
      continue;
    }
    any = true;
    sockets.emplace_back(fd, "");
    if (port == 0) port = sockets.back().port();
  }
  if (!any) fail_listen(host, port, problem);
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::kInvalidArgument, "the path of the Unix socket " + quote(path, 300) + " is too long",
                "at most 107 bytes fit");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// A socket's file that nobody listens on any more, as a killed server leaves it, makes way for the new one.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) throw Error(ErrorCode::kIo, quote(path, 300) + " is there and is no socket");
  const int fd = ::socket(AF_UNIX, kFlags, 0);
  const bool answered =
      fd >= 0 && (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN);
  if (fd >= 0) ::close(fd);
  if (answered) {
    throw Error(ErrorCode::kIo, quote(path, 300) + " is taken: another server listens there", "choose another path");
  }
  ::unlink(path.c_str());
}

ListeningSocket open_unix(const std::string& path) {
  const sockaddr_un address = unix_address(path);
  remove_stale(path, address);
  const int fd = ::socket(AF_UNIX, kFlags, 0);
  // Before bind(), so that the file is never there with other rights.
  const bool sound = fd >= 0 && ::fchmod(fd, 0600) == 0 &&
                     ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::listen(fd, SOMAXCONN) == 0;
  if (!sound) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    fail_listen("unix:" + path, 0, error);
  }
  return {fd, path};
}

std::optional<long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  long value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  return error == std::errc() && *end == '\0' ? std::optional(value) : std::nullopt;
}

/// What systemd hands over (sd_listen_fds(3)): descriptors from 3 on.
std::vector<ListeningSocket> activated_sockets() {
  std::vector<ListeningSocket> sockets;
  const std::optional<long> pid = number_in("LISTEN_PID"), count = number_in("LISTEN_FDS");
  constexpr long kMost = 64;
  constexpr int kFirst = 3;
  if (!pid || !count || *pid != ::getpid() || *count < 1 || *count > kMost) return sockets;
  for (int fd = kFirst; fd < kFirst + *count; ++fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
      throw Error(ErrorCode::kInvalidArgument,
                  "descriptor " + std::to_string(fd) + " from systemd is not a listening stream socket",
                  "the .socket unit needs ListenStream= and Accept=no");
    }
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    sockets.emplace_back(fd, "");
  }
  return sockets;
}

}  // namespace

std::vector<ListeningSocket> open_listening_sockets(const HttpOptions& options) {
  std::vector<ListeningSocket> sockets;
  if (options.socket_activation) sockets = activated_sockets();
  if (!sockets.empty()) return sockets;
  std::uint16_t port = options.port;
  const bool both = std::find(options.hosts.begin(), options.hosts.end(), "0.0.0.0") != options.hosts.end();
  for (const std::string& host : options.hosts) open_host(host, port, host != "::" || both, sockets);
  if (!options.unix_socket.empty()) sockets.push_back(open_unix(options.unix_socket));
  if (sockets.empty()) throw Error(ErrorCode::kInvalidArgument, "there is no host and no socket to listen on");
  return sockets;
}

}  // namespace hearth
