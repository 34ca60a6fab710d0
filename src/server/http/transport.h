// A connected byte stream, with TLS or without, over TCP or a Unix socket: what a connection needs of it and no more.
// Used on the network's thread only. Internal: it includes Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hearth {

using StreamSocket = boost::asio::generic::stream_protocol::socket;

class Transport {
 public:
  struct Result {
    boost::system::error_code error;
    std::size_t bytes = 0;
  };
  Transport() = default;
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual boost::asio::awaitable<boost::system::error_code> handshake() = 0;
  /// One read and one write may be under way at once.
  virtual boost::asio::awaitable<Result> read_some(char* data, std::size_t size) = 0;
  virtual boost::asio::awaitable<Result> write_some(const char* data, std::size_t size) = 0;
  virtual void shutdown_send() = 0;  ///< the other side sees the end
  virtual void close() = 0;          ///< ends what is under way with an error
};

std::unique_ptr<Transport> make_plain_transport(StreamSocket socket);
std::unique_ptr<Transport> make_tls_transport(StreamSocket socket, std::shared_ptr<boost::asio::ssl::context> context);

/// TLS 1.2 and above. Errors: kIo, naming the file that cannot be read or does not fit.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const std::string& certificate, const std::string& key);

}  // namespace hearth
