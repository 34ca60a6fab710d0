// Takes new connections from one listening socket, within the limits. On the network's thread only. Internal: it
// includes Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstddef>
#include <memory>
#include <string_view>

#include "server/http/server_context.h"
#include "server/http/transport.h"

namespace hearth {

/// Of one peer's address, as text without the port, or "unix"; 0: as many as there may be at all.
std::size_t most_connections_of(const HttpLimits& limits, std::string_view address);

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  /// Takes over `fd`, a listening socket of that family.
  Acceptor(ServerContext& server, int fd, int family);
  void start();  ///< unless it runs, or was closed
  void close();

 private:
  boost::asio::awaitable<void> run();
  void take(StreamSocket socket);

  ServerContext& server_;
  bool runs_ = false;
  const int family_;
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
};

}  // namespace hearth
