// An Exchange without a network, for tests of handlers: it keeps what was answered and plays a client that goes.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/error_answer.h"
#include "server/http/exchange.h"

namespace hearth::testing {

class RecordedExchange : public Exchange {
 public:
  explicit RecordedExchange(HttpRequest request, Dialect dialect = nullptr)
      : request_(std::move(request)), dialect_(dialect == nullptr ? dialect_of(request_.path) : dialect) {}

  HttpRequest& request() override { return request_; }
  void respond(int status, std::string_view content_type, std::string body,
               const std::vector<HttpHeader>& extra) override {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    begin(status, content_type, extra);
    body_ = std::move(body);
    finish();
  }
  void begin_stream(int status, std::string_view content_type, const std::vector<HttpHeader>& extra) override {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    begin(status, content_type, extra);
    streaming_ = true;
  }
  bool write(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    if (!streaming_ || done_ || gone_) return false;
    body_ += bytes;
    writes_.push_back(std::move(bytes));
    return true;
  }
  void end() override {
    const std::lock_guard lock(mutex_);
    if (streaming_) finish();
  }
  void fail(const Error& error) override {
    const std::lock_guard lock(mutex_);
    if (done_) return;
    if (streaming_) {
      cut_ = true;
    } else {
      const ErrorAnswer answer = describe(error);
      begin(answer.status, "application/json", {});
      body_ = dialect_(answer);
    }
    finish();
  }
  bool answered() const override {
    const std::lock_guard lock(mutex_);
    return answered_;
  }
  void on_gone(std::function<void()> callback) override {
    {
      const std::lock_guard lock(mutex_);
      if (done_) return;
      if (!gone_) {
        on_gone_ = std::move(callback);
        return;
      }
    }
    callback();
  }
  bool gone() const override {
    const std::lock_guard lock(mutex_);
    return gone_;
  }
  std::size_t buffered() const override { return 0; }
  void note(std::string_view field, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    notes_[std::string(field)] = value;
  }
  void note_problem(const Error& error) override { note("problem", error.message()); }

  /// The client disconnects.
  void leave() {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      if (done_ || gone_) return;
      gone_ = true;
      callback = std::move(on_gone_);
    }
    if (callback) callback();
  }
  /// Until the answer is complete or was cut.
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }

  // After wait().
  int status() const { return status_; }
  const std::string& content_type() const { return content_type_; }
  const std::string& body() const { return body_; }  ///< all of it, also of a stream
  const std::vector<std::string>& writes() const { return writes_; }
  const std::vector<HttpHeader>& headers() const { return headers_; }
  bool cut() const { return cut_; }  ///< fail() after the stream had begun
  const std::map<std::string, std::string>& notes() const { return notes_; }

 private:
  void begin(int status, std::string_view content_type, const std::vector<HttpHeader>& extra) {
    answered_ = true;
    status_ = status;
    content_type_ = content_type;
    headers_ = extra;
  }
  void finish() {
    done_ = true;
    on_gone_ = nullptr;
    changed_.notify_all();
  }

  HttpRequest request_;
  Dialect dialect_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> on_gone_;
  bool answered_ = false, streaming_ = false, done_ = false, gone_ = false, cut_ = false;
  int status_ = 0;
  std::string content_type_, body_;
  std::vector<std::string> writes_;
  std::vector<HttpHeader> headers_;
  std::map<std::string, std::string> notes_;
};

}  // namespace hearth::testing
