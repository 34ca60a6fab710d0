// What all connections of a server share. Lives on the network's thread; only what is marked so may be touched by
// others. Internal: it includes Asio.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/task_threads.h"
#include "server/access/access_control.h"
#include "server/http/http_server.h"

namespace hearth {

class Connection;

struct ServerContext {
  ServerContext(HttpOptions all_options, Router all_routes)
      : options(std::move(all_options)),
        router(std::move(all_routes)),
        pool(options.limits.handler_threads, {options.limits.handler_queue, true}) {}

  bool over = false;  ///< the loop has ended; before it, since what goes with it still looks here
  boost::asio::io_context loop{1};
  HttpOptions options;
  const Router router;
  std::shared_ptr<AccessControl> access;
  std::shared_ptr<boost::asio::ssl::context> tls;  ///< nullptr: none
  TaskThreads pool;                                ///< any thread
  boost::asio::thread_pool disk{1};                ///< writes bodies of body_to_file
  bool draining = false;                           ///< no further request on any connection
  std::chrono::steady_clock::time_point
      unfinished_until;  ///< while draining: what has not come whole by then is refused
  std::set<std::shared_ptr<Connection>> connections;
  std::map<std::string, std::size_t> connections_of;  ///< by address
  /// Bodies in memory; a handler's part is given back on its own thread.
  std::shared_ptr<std::atomic<std::uint64_t>> body_bytes = std::make_shared<std::atomic<std::uint64_t>>(0);

  // Written by the network's thread, read by any.
  std::atomic<std::size_t> n_connections = 0, n_exchanges = 0;
  std::atomic<std::uint64_t> n_accepted = 0, n_refused = 0;
};

}  // namespace hearth
