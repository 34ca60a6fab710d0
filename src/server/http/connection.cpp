#include "server/http/connection.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "server/http/connection_incoming.h"

namespace hearth {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::experimental::as_tuple(asio::use_awaitable);

constexpr std::size_t kSmallRead = 1024;  // all that an idle connection keeps
constexpr std::size_t kLargeRead = std::size_t{64} << 10;
constexpr std::size_t kPipelined = std::size_t{256} << 10;  // of later requests, while one is being answered
constexpr std::uint64_t kMostDiscarded = std::uint64_t{64} << 20;
constexpr std::chrono::seconds kLingerIdle{5}, kLinger{30};  // without a byte, and in all

class ExchangeCount {
 public:
  explicit ExchangeCount(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~ExchangeCount() { --count_; }
  ExchangeCount(const ExchangeCount&) = delete;
  ExchangeCount& operator=(const ExchangeCount&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

}  // namespace

Connection::Connection(ServerContext& server, std::unique_ptr<Transport> transport, std::string address,
                       std::string remote, bool local)
    : server_(server),
      transport_(std::move(transport)),
      address_(std::move(address)),
      remote_(std::move(remote)),
      local_(local),
      event_(server.loop),
      room_(server.loop),
      guard_(server.loop),
      window_(kPipelined) {}

void Connection::start() {
  std::size_t& of_address = server_.connections_of[address_];
  server_.connections.insert(shared_from_this());
  ++of_address;
  ++server_.n_connections;
  try {
    asio::co_spawn(server_.loop, run(), asio::detached);
  } catch (const std::exception&) {
    leave();
    throw;
  }
}

void Connection::drain() {
  if (shakes_hands_) return abort();
  notify();
}

void Connection::refuse_unanswered() {
  if (serving_) serving_->give_up(Error(ErrorCode::kBusy, "the server is stopping"));
}

void Connection::cut_open_stream() {
  if (serving_ && !serving_->complete()) abort();
}

void Connection::abort() {
  ended_ = true;
  broken_ = true;
  transport_->close();
  room_.cancel();
  notify();
}

void Connection::notify() {
  notified_ = true;
  event_.cancel();
}

/// For a part of a request, which has less time once the server stops.
Connection::Clock::time_point Connection::until(Clock::time_point deadline) const {
  return server_.draining ? std::min(deadline, server_.unfinished_until) : deadline;
}

void Connection::refuse_late(Incoming& incoming, const char* what) const {
  if (server_.draining) return incoming.refuse(503, "the server is stopping", 1);
  incoming.refuse(408, std::string("the ") + what + " of the request did not come in time");
}

/// False: the time was over and nothing had happened.
asio::awaitable<bool> Connection::wait_until(Clock::time_point deadline) {
  if (!notified_) {
    event_.expires_at(deadline);
    co_await event_.async_wait(kAwait);
  }
  co_return std::exchange(notified_, false);
}

void Connection::arm_guard(std::chrono::milliseconds time) {
  guard_.expires_after(time);
  guard_.async_wait([weak = weak_from_this(), round = ++guard_round_](const boost::system::error_code& error) {
    const std::shared_ptr<Connection> self = weak.lock();
    // Cancelling comes too late for a timer that has gone off already.
    if (self && !error && round == self->guard_round_) self->abort();
  });
}

void Connection::disarm_guard() {
  ++guard_round_;
  guard_.cancel();
}

asio::awaitable<void> Connection::run() {
  // Goes also where this coroutine is thrown away instead of being run to its end: Asio could not get memory for it.
  struct Leaving {
    std::shared_ptr<Connection> self;
    ~Leaving() {
      try {
        self->leave();
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): no memory to tell others; this one has gone
      }
    }
  };
  const Leaving leaving{shared_from_this()};
  try {
    arm_guard(server_.options.limits.header_time);
    const boost::system::error_code error = co_await transport_->handshake();
    disarm_guard();
    shakes_hands_ = false;
    if (!error) {
      asio::co_spawn(server_.loop, read_input(), asio::detached);
      bool first = true;
      bool more = true;
      while (more) {
        more = co_await serve_request(first);
        first = false;
      }
      co_await linger();
    }
  } catch (const std::exception&) {
    // Out of memory: this connection goes, the others stay.
  }
}

void Connection::leave() {
  if (server_.over || std::exchange(has_left_, true)) return;
  if (serving_) serving_->detach();
  serving_.reset();
  abort();
  const auto same = server_.connections_of.find(address_);
  if (same != server_.connections_of.end() && --same->second == 0) server_.connections_of.erase(same);
  --server_.n_connections;
  server_.connections.erase(shared_from_this());
}

/// The one place that reads, always, so that a client's leaving is seen whatever else goes on.
asio::awaitable<void> Connection::read_input() {
  struct Ending {
    std::shared_ptr<Connection> self;
    ~Ending() {
      try {
        self->end_input();
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): as above
      }
    }
  };
  const Ending ending{shared_from_this()};
  try {
    std::unique_ptr<char[]> buffer;
    std::size_t size = 0;
    while (!ended_) {
      if (input_.size() >= window_ && !discarding_) {
        if (serving_ &&
            !serving_->complete()) {  // to wait for room would be to wait blindly: nobody would see it leave
          broken_ = true;
          break;
        }
        room_.expires_at(Clock::time_point::max());
        co_await room_.async_wait(kAwait);
        continue;
      }
      const std::size_t wanted = large_reads_ ? kLargeRead : kSmallRead;
      if (size != wanted) {
        buffer = std::make_unique<char[]>(wanted);
        size = wanted;
      }
      const Transport::Result result = co_await transport_->read_some(buffer.get(), size);
      if (result.error) {
        ended_ = true;
        broken_ = broken_ || result.error != asio::error::eof;
        break;
      }
      if (discarding_) {
        discarded_ += result.bytes;
      } else {
        input_.append(buffer.get(), result.bytes);
      }
      notify();
    }
  } catch (const std::exception&) {
    ended_ = broken_ = true;
  }
}

void Connection::end_input() {
  if (server_.over) return;
  broken_ = broken_ || !ended_;  // it was thrown away
  ended_ = true;
  if (serving_) {
    const std::shared_ptr<ExchangeState> state = serving_;
    state->client_left();
    if (state->streaming()) broken_ = true;
  }
  if (broken_) transport_->close();
  notify();
}

void Connection::take_input(std::size_t bytes) {
  input_.erase(0, bytes);
  if (input_.empty()) input_ = std::string();  // an idle connection keeps no memory
  if (input_.size() < window_) room_.cancel();
}

void Connection::set_window(std::size_t bytes, bool large_reads) {
  window_ = bytes;
  large_reads_ = large_reads;
  room_.cancel();  // it looks anew, also at what is too much now
}

asio::awaitable<bool> Connection::serve_request(bool first) {
  Incoming incoming(server_.options.limits.header_bytes);
  bool sound = co_await read_head(incoming, first);
  if (!sound && !incoming.refusal) co_return false;
  if (sound) {
    try {
      admit(incoming);
    } catch (const HttpError& error) {
      incoming.refusal = error;
      sound = false;
    }
  }
  if (sound && incoming.match.route != nullptr) {
    sound = co_await read_body(incoming);
    if (!sound && !incoming.refusal) co_return false;
  }
  const bool more = co_await answer(incoming);
  co_return more;
}

/// False: refused, or there is none.
asio::awaitable<bool> Connection::read_head(Incoming& incoming, bool first) {
  const HttpLimits& limits = server_.options.limits;
  RequestParser& parser = incoming.parser;
  set_window(limits.header_bytes + kSmallRead, false);
  Clock::time_point deadline = Clock::now() + (first ? limits.header_time : limits.keep_alive);
  bool begun = false;
  while (true) {
    try {
      take_input(parser.feed(input_));
    } catch (const HttpError& error) {
      incoming.refusal = error;
    }
    if (!begun && parser.started()) {
      begun = true;
      incoming.began = Clock::now();
      deadline = incoming.began + limits.header_time;
    }
    if (incoming.refusal) co_return false;
    if (parser.head_done()) break;
    if (ended_ || (server_.draining && !begun)) co_return false;
    const bool in_time = co_await wait_until(until(deadline));
    if (in_time) continue;
    if (begun) refuse_late(incoming, "head");
    co_return false;
  }
  incoming.head_known = true;
  co_return true;
}

/// False: refused, or the client has left.
asio::awaitable<bool> Connection::read_body(Incoming& incoming) {
  RequestParser& parser = incoming.parser;
  const RequestHead& head = parser.head();
  const HttpLimits& limits = server_.options.limits;
  if (head.has_body() && head.expects_continue && input_.empty()) {
    const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n", nullptr);
    if (!sent) co_return false;
  }
  constexpr std::size_t kWindow = std::size_t{256} << 10, kChunkHead = std::size_t{64} << 10;
  set_window(kWindow, head.has_body());
  incoming.memory = std::make_shared<BodyMemory>(server_.body_bytes);
  // A byte now and then must not hold what came before: the time is for a part of the body, not for a byte.
  Clock::time_point deadline = Clock::now() + limits.body_time;
  std::uint64_t next_mark = HttpLimits::kSmallBody;
  while (!parser.done()) {
    std::size_t taken = 0;
    try {
      taken = parser.feed(input_);
    } catch (const HttpError& error) {
      incoming.refusal = error;
      co_return false;
    }
    const bool stuck = taken == 0 && input_.size() > kChunkHead;
    take_input(taken);
    incoming.memory->set(parser.body_size());
    const std::uint64_t received = incoming.bytes_in + parser.body_size();
    if (received >= next_mark) {
      deadline = Clock::now() + limits.body_time;
      next_mark = received + HttpLimits::kSmallBody;
    }
    if (parser.body_size() > HttpLimits::kSmallBody && server_.body_bytes->load() > limits.all_bodies_bytes) {
      incoming.refuse(503, "too many large requests are being read", 1);
      co_return false;
    }
    if (incoming.match.route->options.body_to_file && (parser.body_size() >= kWindow || parser.done())) {
      const bool spooled = co_await spool(incoming);
      if (!spooled) co_return false;
      deadline = Clock::now() + limits.body_time;  // the disk's time is not the client's
    }
    if (parser.done()) break;
    if (stuck) incoming.refuse(431, "the head of a chunk, or what follows the chunks, is too long");
    if (ended_ && taken == 0) incoming.refuse(400, "the body of the request is not complete");
    if (incoming.refusal) co_return false;
    const bool in_time = co_await wait_until(until(deadline));
    if (!in_time || Clock::now() >= until(deadline)) {
      refuse_late(incoming, "body");
      co_return false;
    }
  }
  if (!incoming.match.route->options.body_to_file) {
    parser.head().request.body = parser.take_body();
  } else if (!incoming.file) {
    co_return co_await spool(incoming);  // an empty body is an empty file
  }
  co_return true;
}

/// Writes what has come to the file, on another thread: a disk may be slow.
asio::awaitable<bool> Connection::spool(Incoming& incoming) {
  const std::string bytes = incoming.parser.take_body();
  incoming.bytes_in += bytes.size();
  const bool last = incoming.parser.done();
  std::string problem;
  const auto write = [&]() -> asio::awaitable<void> {
    try {
      if (!incoming.file) incoming.file = std::make_shared<SpoolFile>(server_.options.spool_folder);
      incoming.file->write(bytes);
      if (last) incoming.file->close();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    co_return;
  };
  co_await asio::co_spawn(server_.disk, write(), asio::use_awaitable);
  if (!problem.empty()) incoming.refuse(507, "the body cannot be stored: " + problem);
  co_return problem.empty();
}

asio::awaitable<bool> Connection::answer(Incoming& incoming) {
  const ExchangeCount counted(server_.n_exchanges);
  const std::shared_ptr<ExchangeState> state = make_state(incoming);
  serving_ = state;
  set_window(kPipelined, false);
  // It may have left while the body was being spooled; nobody would say so any more.
  if (ended_) state->client_left();
  if (incoming.refusal) {
    state->fail(*incoming.refusal);
  } else if (incoming.match.route == nullptr) {
    state->respond(204, "", "", incoming.preflight);
  } else {
    start_handler(incoming, state);
  }
  const bool complete = co_await deliver(*state);
  serving_.reset();
  state->detach();
  report(incoming, *state, complete);
  co_return complete && !state->closes() && !server_.draining && incoming.head_known && incoming.parser.done();
}

/// True: the whole answer was sent.
asio::awaitable<bool> Connection::deliver(ExchangeState& state) {
  while (true) {
    const ExchangeState::Output output = state.take();
    if (!output.bytes.empty()) {
      const bool sent = co_await send(output.bytes, &state);
      if (!sent) co_return false;
    }
    if (output.complete) co_return !output.cut;
    if (broken_) co_return false;
    co_await wait_until(Clock::time_point::max());
  }
}

asio::awaitable<bool> Connection::send(std::string_view bytes, ExchangeState* state) {
  constexpr std::size_t kMost = std::size_t{256} << 10;  // a write of so much without progress is a stuck client
  while (!bytes.empty()) {
    arm_guard(server_.options.limits.write_time);
    const Transport::Result result = co_await transport_->write_some(bytes.data(), std::min(bytes.size(), kMost));
    disarm_guard();
    if (result.error || broken_) co_return false;
    if (state != nullptr) state->sent(result.bytes);
    bytes.remove_prefix(result.bytes);
  }
  co_return true;
}

/// Closing while the client still sends would have its system throw our answer away (RFC 9112 §9.6).
asio::awaitable<void> Connection::linger() {
  if (broken_) co_return;
  transport_->shutdown_send();
  discarding_ = true;
  input_ = std::string();
  room_.cancel();
  const Clock::time_point deadline = Clock::now() + kLinger;
  while (!ended_ && discarded_ < kMostDiscarded && !server_.draining) {
    const bool in_time = co_await wait_until(std::min(deadline, Clock::now() + kLingerIdle));
    if (!in_time || Clock::now() >= deadline) break;
  }
}

void Connection::report(const Incoming& incoming, ExchangeState& state, bool complete) {
  if (!server_.options.on_request) return;
  constexpr int kClientClosed = 499;
  const HttpRequest& request = incoming.seen;
  RequestRecord record;
  record.id = request.id;
  record.method = request.method;
  record.route = request.route;
  record.remote = remote_;
  record.key_name = request.principal.key_name;
  const bool was_cut = state.cut() && !state.gone();  // by the handler, and not for want of a reader
  record.status = complete || was_cut ? state.status() : kClientClosed;
  record.seconds = std::chrono::duration<double>(Clock::now() - incoming.began).count();
  record.bytes_in = incoming.bytes_in;
  record.bytes_out = state.body_bytes();
  record.notes = state.take_notes();
  ErrorAnswer problem = state.problem();
  record.problem = std::move(problem.message);
  record.problem_code = problem.code.empty() ? std::move(problem.type) : std::move(problem.code);
  if (was_cut) record.notes.emplace_back("cut", "yes");
  server_.options.on_request(record);
}

}  // namespace hearth
