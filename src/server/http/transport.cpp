#include "server/http/transport.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {
namespace {

namespace asio = boost::asio;
using ErrorCodeOf = boost::system::error_code;
constexpr auto kAwait = asio::experimental::as_tuple(asio::use_awaitable);

class PlainTransport : public Transport {
 public:
  explicit PlainTransport(StreamSocket socket) : socket_(std::move(socket)) {}

  asio::awaitable<ErrorCodeOf> handshake() override { co_return ErrorCodeOf(); }
  asio::awaitable<Result> read_some(char* data, std::size_t size) override {
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
    co_return Result{error, bytes};
  }
  asio::awaitable<Result> write_some(const char* data, std::size_t size) override {
    const auto [error, bytes] = co_await socket_.async_write_some(asio::buffer(data, size), kAwait);
    co_return Result{error, bytes};
  }
  void shutdown_send() override {
    ErrorCodeOf ignored;
    socket_.shutdown(StreamSocket::shutdown_send, ignored);
  }
  void close() override {
    ErrorCodeOf ignored;
    socket_.close(ignored);
  }

 private:
  StreamSocket socket_;
};

class TlsTransport : public Transport {
 public:
  TlsTransport(StreamSocket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

  asio::awaitable<ErrorCodeOf> handshake() override {
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    co_return error;
  }
  asio::awaitable<Result> read_some(char* data, std::size_t size) override {
    const auto [error, bytes] = co_await stream_.async_read_some(asio::buffer(data, size), kAwait);
    co_return Result{error, bytes};
  }
  asio::awaitable<Result> write_some(const char* data, std::size_t size) override {
    const auto [error, bytes] = co_await stream_.async_write_some(asio::buffer(data, size), kAwait);
    co_return Result{error, bytes};
  }
  void shutdown_send() override {
    ErrorCodeOf ignored;
    stream_.next_layer().shutdown(StreamSocket::shutdown_send, ignored);
  }
  void close() override {
    ErrorCodeOf ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<StreamSocket> stream_;
};

[[noreturn]] void fail_file(const std::string& file, const ErrorCodeOf& error) {
  throw Error(ErrorCode::kIo, quote(file, 300) + " cannot be used for TLS: " + error.message(),
              "it must be a readable PEM file, and certificate and key must belong together");
}

}  // namespace

std::unique_ptr<Transport> make_plain_transport(StreamSocket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> make_tls_transport(StreamSocket socket, std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<TlsTransport>(std::move(socket), std::move(context));
}

std::shared_ptr<asio::ssl::context> make_tls_context(const std::string& certificate, const std::string& key) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle connections keep none
  // OpenSSL would ask for a passphrase on the terminal and wait there.
  const auto is_encrypted = std::make_shared<bool>(false);
  context->set_password_callback([is_encrypted](std::size_t, asio::ssl::context::password_purpose) {
    *is_encrypted = true;
    return std::string();
  });
  ErrorCodeOf error;
  context->use_certificate_chain_file(certificate, error);
  if (error) fail_file(certificate, error);
  context->use_private_key_file(key, asio::ssl::context::pem, error);
  if (error && *is_encrypted) {
    throw Error(ErrorCode::kIo, quote(key, 300) + " is an encrypted key, and there is nobody to ask for its passphrase",
                "'openssl pkey -in " + key + " -out NEW_FILE' removes it; let only the server's user read that file");
  }
  if (error) fail_file(key, error);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    fail_file(key, ErrorCodeOf(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()));
  }
  return context;
}

}  // namespace hearth
