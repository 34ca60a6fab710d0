// One client's connection: reads requests one after the other, has them answered, and notices when the client leaves.
// It runs on the network's thread only. Internal: it includes Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/exchange_state.h"
#include "server/http/request_parser.h"
#include "server/http/server_context.h"
#include "server/http/spool_file.h"
#include "server/http/transport.h"
#include "server/http/wake_up.h"

namespace hearth {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `address`: without the port, for limits; `remote`: for logs. `local`: over a Unix socket, where no page can call.
  Connection(ServerContext& server, std::unique_ptr<Transport> transport, std::string address, std::string remote,
             bool local);

  void start();
  void drain();  ///< closes it when it is idle; else it closes behind its answer
  void abort();  ///< closes it now
  /// For the end of the server's patience: 503 for a request that has no answer yet, and its handler is told as if the
  /// client had left.
  void refuse_unanswered();
  void cut_open_stream();  ///< as abort(), where a stream has not ended

 private:
  using Clock = std::chrono::steady_clock;
  struct Incoming;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> serve_request(bool first);
  boost::asio::awaitable<bool> read_head(Incoming& incoming, bool first);
  boost::asio::awaitable<bool> read_body(Incoming& incoming);
  boost::asio::awaitable<bool> answer(Incoming& incoming);
  boost::asio::awaitable<bool> deliver(ExchangeState& state);
  boost::asio::awaitable<bool> send(std::string_view bytes, ExchangeState* state);
  boost::asio::awaitable<void> read_input();
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<bool> wait_until(Clock::time_point deadline);
  Clock::time_point until(Clock::time_point deadline) const;
  void refuse_late(Incoming& incoming, const char* what) const;
  void leave();
  void end_input();
  boost::asio::awaitable<bool> spool(Incoming& incoming);

  void admit(Incoming& incoming);
  void take_input(std::size_t bytes);
  void set_window(std::size_t bytes, bool large_reads);
  std::shared_ptr<ExchangeState> make_state(Incoming& incoming);
  void start_handler(Incoming& incoming, const std::shared_ptr<ExchangeState>& state);
  void report(const Incoming& incoming, ExchangeState& state, bool complete);
  void notify();
  void arm_guard(std::chrono::milliseconds time);
  void disarm_guard();

  ServerContext& server_;
  std::unique_ptr<Transport> transport_;
  const std::string address_, remote_;
  const bool local_;

  const std::shared_ptr<WakeUp> wake_up_ = std::make_shared<WakeUp>();
  boost::asio::steady_timer event_;  ///< wakes the requests' side: input, output, the end
  boost::asio::steady_timer room_;   ///< wakes the reading side: there is room for input
  boost::asio::steady_timer guard_;  ///< closes the connection when a write or a handshake takes too long
  bool notified_ = false;
  std::uint64_t guard_round_ = 0;

  std::string input_;   ///< read and not parsed yet
  std::size_t window_;  ///< as much of it may wait
  bool large_reads_ = false;
  bool has_left_ = false;
  bool shakes_hands_ = true;  ///< of TLS; nothing was asked yet
  bool discarding_ = false;   ///< what still comes is thrown away
  std::uint64_t discarded_ = 0;
  bool ended_ = false;   ///< nothing more can be read
  bool broken_ = false;  ///< nor sent
  std::shared_ptr<ExchangeState> serving_;
};

}  // namespace hearth
