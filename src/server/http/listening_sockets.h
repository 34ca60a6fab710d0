// The sockets that a server listens on: opened from its options, or taken over from systemd.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/http/http_server.h"

namespace hearth {

/// A listening, non-blocking socket, closed when it goes.
class ListeningSocket {
 public:
  ListeningSocket(int fd, std::string remove_path) : fd_(fd), remove_path_(std::move(remove_path)) {}
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int fd() const { return fd_; }
  int release();  ///< the caller closes it
  /// The file of a Unix socket made here, to be removed in the end by whoever released the socket; else empty.
  const std::string& remove_path() const { return remove_path_; }

  bool is_unix() const;
  bool is_loopback() const;             ///< a Unix socket, 127.0.0.0/8 or ::1
  int family() const;                   ///< AF_INET, AF_INET6, AF_UNIX
  std::uint16_t port() const;           ///< 0 for a Unix socket
  std::string host() const;             ///< "127.0.0.1", "::1", "0.0.0.0"; of a Unix socket its path
  std::string address(bool tls) const;  ///< "http://127.0.0.1:11434", "https://[::1]:11434", "unix:/run/x.sock"

 private:
  int fd_;
  std::string remove_path_;
};

/// Errors: kInvalidArgument for a host that is no address or name, for nothing to listen on; kIo for what the system
/// refuses, with the owner of a taken port.
std::vector<ListeningSocket> open_listening_sockets(const HttpOptions& options);

}  // namespace hearth
