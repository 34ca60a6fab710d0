// What a handler's exchange and the connection below it share: bytes that wait to be sent, and who is still there. It
// has no socket; the connection takes bytes out of it, and is woken when there are some.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/error_answer.h"
#include "server/http/exchange.h"
#include "server/http/response_head.h"

namespace hearth {

/// Thread-safe.
class ExchangeState {
 public:
  struct Setup {
    HttpRequest request;
    ResponseRules rules;
    Dialect dialect = openai_error;
    std::size_t max_buffered = 0;
    std::function<void()> wake;  ///< there is something to send, or the end; called with a lock held, from anywhere
    /// Until the handler has answered, or has let go of the exchange: who reads the answer may ask again at once, and
    /// a client that left holds its place until its work has ended.
    std::shared_ptr<void> admission;
    std::shared_ptr<void> body_file;  ///< kept as long as the handler keeps the exchange
  };
  explicit ExchangeState(Setup setup);

  // The handler's side.
  HttpRequest& request() { return request_; }
  void respond(int status, std::string_view content_type, std::string body, const std::vector<HttpHeader>& extra);
  void begin_stream(int status, std::string_view content_type, const std::vector<HttpHeader>& extra);
  bool write(std::string bytes);
  void end();
  void fail(const Error& error);
  void abandon();  ///< the handler's last reference went
  bool answered() const;
  void on_gone(std::function<void()> callback);
  bool gone() const;
  std::size_t buffered() const;
  void note(std::string_view field, std::string_view value);
  void note_problem(const Error& error);

  // The connection's side.
  struct Output {
    std::string bytes;
    bool complete = false;  ///< nothing comes behind these bytes
    bool cut = false;       ///< the connection has to be closed without a proper end
  };
  /// What is to be sent now. The bytes count as buffered until sent() says so.
  Output take();
  void sent(std::size_t bytes);
  /// The client left, or is too slow: tells the handler. An answer that is not a stream may still be taken and tried.
  void client_left();
  /// Nobody waits for its handler any longer, which is told: answers with `error` where it has no answer yet.
  void give_up(const Error& error);
  /// The connection is gone, too: nothing wakes it any more. As client_left() where the answer is not complete.
  void detach();
  bool detached() const;
  bool streaming() const;
  bool complete() const;  ///< nothing comes behind what was taken or waits to be
  bool too_slow() const;  ///< it had more to read than may wait
  bool cut() const;       ///< the handler's stream ended without its proper end
  int status() const;
  std::uint64_t body_bytes() const;
  bool closes() const;  ///< the answer said that the connection ends behind it
  std::vector<std::pair<std::string, std::string>> take_notes();
  ErrorAnswer problem() const;  ///< of fail() and note_problem(); without a message: there was none

 private:
  void append(std::string bytes);
  void finish();
  void leave_unanswered();
  void fail_or_cut();
  void answer(int status, std::string_view content_type, std::string body, const std::vector<HttpHeader>& extra);
  void wake();

  HttpRequest request_;
  const ResponseRules rules_;
  const Dialect dialect_;
  const std::size_t max_buffered_;

  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::shared_ptr<void> admission_, body_file_;
  std::function<void()> on_gone_;
  std::string out_;
  std::size_t sending_ = 0;  ///< taken and not sent yet
  bool answered_ = false, streaming_ = false, complete_ = false, cut_ = false, gone_ = false, detached_ = false;
  bool closes_ = false, too_slow_ = false;
  int status_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> notes_;
  ErrorAnswer problem_;
};

/// The exchange that handlers hold.
std::shared_ptr<Exchange> make_exchange(std::shared_ptr<ExchangeState> state);

}  // namespace hearth
