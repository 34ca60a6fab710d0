#include "server/http/http_server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "server/access/host_name.h"
#include "server/http/acceptor.h"
#include "server/http/connection.h"
#include "server/http/listening_sockets.h"
#include "server/http/server_context.h"
#include "server/http/spool_file.h"
#include "server/http/transport.h"

namespace hearth {
namespace {

namespace asio = boost::asio;

void check(const HttpOptions& options) {
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "TLS needs a certificate and its key, and only one of them is given");
  }
  const HttpLimits& limits = options.limits;
  constexpr std::size_t kLeastHeader = 1024;
  if (limits.header_bytes < kLeastHeader || limits.connections == 0 || limits.handler_threads == 0 ||
      limits.handler_queue == 0 || limits.buffered_bytes == 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "a limit of the server is too small: heads need 1024 bytes, the others at least 1");
  }
}

void check_exposure(const std::vector<ListeningSocket>& sockets, const AccessOptions& access) {
  if (!access.keys.empty() || access.insecure) return;
  for (const ListeningSocket& socket : sockets) {
    if (socket.is_loopback()) continue;
    throw Error(ErrorCode::kInvalidArgument,
                socket.host() + " can be reached by other machines, and no API key is asked for",
                "configure an API key, listen on 127.0.0.1, or allow it with --insecure");
  }
}

/// The addresses that other machines, or this one, reach the server at.
std::vector<std::string> addresses_of(const std::vector<ListeningSocket>& sockets) {
  std::vector<std::string> addresses;
  for (const ListeningSocket& socket : sockets) {
    if (!socket.is_unix()) addresses.push_back(socket.host());
  }
  return addresses;
}

/// The names that it was told to listen at, and this machine's own.
std::vector<std::string> names_of(const HttpOptions& options) {
  std::vector<std::string> names;
  for (const std::string& host : options.hosts) {
    if (const auto name = host_of(host)) names.push_back(*name);
  }
  char own[256] = {};
  if (::gethostname(own, sizeof own - 1) == 0) {
    if (const auto name = host_of(own)) names.push_back(*name);
  }
  return names;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, Router router) : context_(std::move(options), std::move(router)) {}

  void start();
  void reload(const HttpOptions& options);
  void stop(std::chrono::milliseconds patience, const std::function<void()>& end_streams);
  Stats stats() const;
  std::uint16_t port() const {
    const std::lock_guard lock(mutex_);
    return port_;
  }
  std::vector<std::string> addresses() const {
    const std::lock_guard lock(mutex_);
    return addresses_;
  }

 private:
  /// Runs `work` on the network's thread and waits for it.
  void run_loop();
  void on_loop(const std::function<void()>& work);
  void wait_for_connections(std::chrono::steady_clock::time_point until);
  void say_farewell(const std::function<void()>& end_streams);

  mutable std::mutex mutex_;
  ServerContext context_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
  std::vector<std::string> listening_, names_, addresses_, remove_paths_;
  bool only_loopback_ = true;
  std::uint16_t port_ = 0;
  bool started_ = false, stopped_ = false;
  std::thread network_;
};

void HttpServer::Impl::start() {
  const std::lock_guard lock(mutex_);
  if (started_) throw Error(ErrorCode::kInvalidArgument, "the server was started already");
  check(context_.options);
  std::vector<ListeningSocket> sockets = open_listening_sockets(context_.options);
  check_exposure(sockets, context_.options.access);
  listening_ = addresses_of(sockets);
  names_ = names_of(context_.options);
  context_.access = std::make_shared<AccessControl>(context_.options.access, listening_, names_);
  const bool tls = !context_.options.tls_certificate.empty();
  if (tls) context_.tls = make_tls_context(context_.options.tls_certificate, context_.options.tls_key);
  if (!context_.options.spool_folder.empty()) remove_orphaned_spool_files(context_.options.spool_folder);
  for (ListeningSocket& socket : sockets) {
    addresses_.push_back(socket.address(tls));
    only_loopback_ = only_loopback_ && socket.is_loopback();
    if (port_ == 0) port_ = socket.port();
    if (!socket.remove_path().empty()) remove_paths_.push_back(socket.remove_path());
    const int family = socket.family();
    acceptors_.push_back(std::make_shared<Acceptor>(context_, socket.release(), family));
  }
  for (const auto& acceptor : acceptors_) acceptor->start();
  work_.emplace(context_.loop.get_executor());
  network_ = std::thread([this] { run_loop(); });
  started_ = true;
}

/// What Asio throws where it has no memory to begin to wait takes one connection with it and no other; what takes new
/// ones begins again.
void HttpServer::Impl::run_loop() {
  constexpr std::chrono::milliseconds kPause{10};  // others may give memory back
  bool must_recover = false;
  while (true) {
    try {
      if (must_recover) {
        context_.loop.poll();  // what was thrown away goes
        for (const auto& acceptor : acceptors_) acceptor->start();
      }
      must_recover = false;
      context_.loop.run();
      return;
    } catch (const std::exception&) {
      must_recover = true;
      std::this_thread::sleep_for(kPause);
    }
  }
}

void HttpServer::Impl::on_loop(const std::function<void()>& work) {
  std::promise<void> done;
  asio::post(context_.loop, [&] {
    try {
      work();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

void HttpServer::Impl::reload(const HttpOptions& options) {
  const std::lock_guard lock(mutex_);
  check(options);
  if (!started_ || stopped_) throw Error(ErrorCode::kInvalidArgument, "the server is not running");
  if (!only_loopback_ && options.access.keys.empty() && !options.access.insecure) {
    throw Error(ErrorCode::kInvalidArgument, "other machines can reach this server, so API keys have to remain",
                "configure an API key");
  }
  if (options.tls_certificate.empty() != (context_.tls == nullptr)) {
    throw Error(ErrorCode::kInvalidArgument, "TLS cannot be switched on or off while the server runs",
                "start it again");
  }
  const auto access = std::make_shared<AccessControl>(options.access, listening_, names_);
  const auto tls = context_.tls ? make_tls_context(options.tls_certificate, options.tls_key) : nullptr;
  on_loop([&] {
    access->take_over(*context_.access, std::chrono::steady_clock::now());
    context_.access = access;
    context_.tls = tls;
    context_.options.access = options.access;
    context_.options.limits = options.limits;
  });
}

HttpServer::Stats HttpServer::Impl::stats() const {
  Stats stats;
  stats.connections = context_.n_connections;
  stats.exchanges = context_.n_exchanges;
  stats.waiting_for_handler = context_.pool.waiting();
  stats.accepted = context_.n_accepted;
  stats.refused = context_.n_refused;
  return stats;
}

void HttpServer::Impl::wait_for_connections(std::chrono::steady_clock::time_point until) {
  constexpr std::chrono::milliseconds kStep{5};
  while (context_.n_connections != 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(kStep);
}

/// The patience is over: nobody is cut off without a word who still listens.
void HttpServer::Impl::say_farewell(const std::function<void()>& end_streams) {
  on_loop([this] {
    // A copy: what a handler does when it hears of it may end a connection.
    const auto connections = context_.connections;
    for (const auto& connection : connections) connection->refuse_unanswered();
  });
  if (end_streams) end_streams();
  on_loop([this] {
    const auto connections = context_.connections;
    for (const auto& connection : connections) connection->cut_open_stream();
  });
  constexpr std::chrono::seconds kDelivery{2};  // to clients that read
  wait_for_connections(std::chrono::steady_clock::now() + kDelivery);
}

void HttpServer::Impl::stop(std::chrono::milliseconds patience, const std::function<void()>& end_streams) {
  const std::lock_guard lock(mutex_);
  if (!started_ || stopped_) return;
  stopped_ = true;
  on_loop([this, patience] {
    context_.draining = true;
    context_.unfinished_until =
        std::chrono::steady_clock::now() + std::min(patience, context_.options.limits.unfinished_time);
    for (const auto& acceptor : acceptors_) acceptor->close();
    for (const auto& connection : context_.connections) connection->drain();
  });
  for (const std::string& path : remove_paths_) std::remove(path.c_str());
  wait_for_connections(std::chrono::steady_clock::now() + patience);
  if (context_.n_connections != 0) say_farewell(end_streams);
  on_loop([this] {
    for (const auto& connection : context_.connections) connection->abort();
  });
  // Each of them ends by itself now; a disk that hangs must not hold up the end for ever.
  constexpr std::chrono::seconds kAborted{10};
  wait_for_connections(std::chrono::steady_clock::now() + kAborted);
  context_.pool.stop();
  context_.disk.join();
  work_.reset();
  context_.loop.stop();
  network_.join();
  context_.over = true;
}

HttpServer::HttpServer(HttpOptions options, Router router)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(router))) {}

HttpServer::~HttpServer() {
  try {
    stop(std::chrono::milliseconds(0));
  } catch (const std::exception&) {
    // Out of memory while stopping: there is nobody to tell.
  }
}

void HttpServer::start() { impl_->start(); }
std::uint16_t HttpServer::port() const { return impl_->port(); }
std::vector<std::string> HttpServer::addresses() const { return impl_->addresses(); }
void HttpServer::reload(const HttpOptions& options) { impl_->reload(options); }
HttpServer::Stats HttpServer::stats() const { return impl_->stats(); }
void HttpServer::stop(std::chrono::milliseconds patience, const std::function<void()>& end_streams) {
  impl_->stop(patience, end_streams);
}

}  // namespace hearth
