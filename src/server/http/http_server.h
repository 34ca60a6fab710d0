// The HTTP/1.1 server: one network thread, a few handler threads, everything bounded. It knows no API.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/access/access_options.h"
#include "server/http/router.h"

namespace hearth {

struct HttpLimits {
  std::size_t header_bytes = std::size_t{64} << 10;
  std::uint64_t body_bytes = std::uint64_t{32} << 20;
  /// Being received or handled at once. Bodies of up to kSmallBody are taken beyond it: they are bounded by the number
  /// of connections, and those who send large ones shall not keep the others out.
  std::uint64_t all_bodies_bytes = std::uint64_t{512} << 20;
  static constexpr std::uint64_t kSmallBody = std::uint64_t{64} << 10;
  /// Of routes that ask for no key, and of GET and HEAD, unless the route has a limit of its own.
  static constexpr std::uint64_t kNoBody = std::uint64_t{8} << 10;
  std::size_t connections = 4096;
  std::size_t connections_per_address = 0;            ///< of this machine's; 0: no limit of its own
  std::size_t connections_per_remote_address = 256;   ///< of other machines'; 0: no limit of its own
  std::size_t buffered_bytes = std::size_t{4} << 20;  ///< of one stream that its client does not read
  std::chrono::milliseconds keep_alive{75'000};       ///< between requests
  std::chrono::milliseconds header_time{20'000};      ///< for a whole head, also for the TLS handshake
  std::chrono::milliseconds body_time{60'000};        ///< for each kSmallBody of a body, or what is left of it
  std::chrono::milliseconds write_time{60'000};       ///< without the client taking a byte
  std::chrono::milliseconds unfinished_time{1'000};   ///< once it stops, for a request that has not come whole
  std::size_t handler_threads = 4;
  std::size_t handler_queue = 256;  ///< requests that wait for a handler thread; one more is answered 503
};

/// What became of a request, for the log and the metrics.
struct RequestRecord {
  std::string id, method, route, remote, key_name;  ///< route: the pattern, or "" where none matched
  int status = 0;  ///< as sent; 499 where the client went before it had the whole answer
  double seconds = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;               ///< bodies
  std::vector<std::pair<std::string, std::string>> notes;  ///< Exchange::note()
  std::string problem, problem_code;                       ///< of an answer that failed; the log has no field for them
};

struct HttpOptions {
  std::vector<std::string> hosts = {"127.0.0.1"};  ///< addresses or names to listen on
  std::uint16_t port = 11434;                      ///< 0: any free one
  std::string unix_socket;                         ///< a path; empty: none
  bool socket_activation =
      true;  ///< take systemd's sockets (LISTEN_FDS) instead of hosts and port, where there are any
  std::string tls_certificate, tls_key;  ///< PEM files, both or none
  /// For bodies of routes with body_to_file; what a killed server left there goes at the start. Empty: the system's.
  std::string spool_folder;
  AccessOptions access;
  HttpLimits limits;
  /// After each request, on the network's thread; must be quick. May be empty.
  std::function<void(const RequestRecord&)> on_request;
};

/// Thread-safe.
class HttpServer {
 public:
  HttpServer(HttpOptions options, Router router);
  ~HttpServer();  ///< as stop(0)
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens and answers from now on. Errors: kInvalidArgument for options that contradict each other or are not safe
  /// (another address than loopback without keys), kIo for a taken port (with its owner's name where that can be seen),
  /// an unreadable certificate and the like.
  void start();
  std::uint16_t port() const;                  ///< of the first TCP listener; 0 when there is none
  std::vector<std::string> addresses() const;  ///< "http://127.0.0.1:11434", "unix:/run/hearth.sock"

  /// Takes new access rules, limits and certificates; listeners and the number of handler threads stay. Errors: as
  /// start(); then nothing has changed.
  void reload(const HttpOptions& options);

  struct Stats {
    std::size_t connections = 0, exchanges = 0, waiting_for_handler = 0;
    std::uint64_t accepted = 0, refused = 0;  ///< connections since the start
  };
  Stats stats() const;

  /// Accepts no more, closes idle connections, and gives what is being answered so long to finish; requests that have
  /// not come whole have `unfinished_time` of it. What has no answer then is answered 503. `end_streams` is called
  /// where there are still connections: whoever writes streams may end them as they should be; those that it leaves
  /// open are cut when it returns. Idempotent; not to be called by a handler.
  void stop(std::chrono::milliseconds patience, const std::function<void()>& end_streams = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hearth
