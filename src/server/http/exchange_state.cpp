#include "server/http/exchange_state.h"

namespace hearth {

ExchangeState::ExchangeState(Setup setup)
    : request_(std::move(setup.request)),
      rules_(std::move(setup.rules)),
      dialect_(setup.dialect),
      max_buffered_(setup.max_buffered),
      wake_(std::move(setup.wake)),
      admission_(std::move(setup.admission)),
      body_file_(std::move(setup.body_file)),
      closes_(rules_.close) {}

void ExchangeState::wake() {
  if (wake_) wake_();
}

void ExchangeState::append(std::string bytes) {
  if (detached_) return;
  if (out_.empty()) {
    out_ = std::move(bytes);
  } else {
    out_ += bytes;
  }
}

void ExchangeState::finish() {
  complete_ = true;
  admission_.reset();  // before the last byte is sent
  wake();
}

void ExchangeState::answer(int status, std::string_view content_type, std::string body,
                           const std::vector<HttpHeader>& extra) {
  answered_ = true;
  status_ = status;
  append(response_head(status, content_type, body.size(), extra, rules_));
  if (!rules_.head_only && !is_bodiless(status)) {
    body_bytes_ = body.size();
    append(std::move(body));
  }
  finish();
}

void ExchangeState::respond(int status, std::string_view content_type, std::string body,
                            const std::vector<HttpHeader>& extra) {
  std::function<void()> dropped;  // goes without the lock: what it holds may come back here
  const std::lock_guard lock(mutex_);
  if (answered_) return;
  answer(status, content_type, std::move(body), extra);
  dropped.swap(on_gone_);
}

void ExchangeState::begin_stream(int status, std::string_view content_type, const std::vector<HttpHeader>& extra) {
  std::function<void()> dropped;
  const std::lock_guard lock(mutex_);
  if (answered_) return;
  answered_ = true;
  status_ = status;
  append(response_head(status, content_type, std::nullopt, extra, rules_));
  closes_ = closes_ || rules_.http_1_0;
  if (rules_.head_only || is_bodiless(status)) {
    finish();
    dropped.swap(on_gone_);
    return;
  }
  streaming_ = true;
  wake();
}

bool ExchangeState::write(std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (!streaming_ || complete_ || gone_) return false;
  if (bytes.empty()) return true;
  if (out_.size() + sending_ + bytes.size() > max_buffered_) {
    too_slow_ = true;  // the connection is told, and it tells the handler
    gone_ = true;
    cut_ = true;
    complete_ = true;
    out_.clear();
    wake();
    return false;
  }
  body_bytes_ += bytes.size();
  append(response_chunk(std::move(bytes), rules_));
  wake();
  return true;
}

void ExchangeState::end() {
  std::function<void()> dropped;
  const std::lock_guard lock(mutex_);
  if (!streaming_ || complete_) return;
  if (!rules_.http_1_0) append("0\r\n\r\n");
  finish();
  dropped.swap(on_gone_);
}

void ExchangeState::fail(const Error& error) {
  std::function<void()> dropped;
  const ErrorAnswer described = describe(error);
  std::string body = dialect_(described);
  std::vector<HttpHeader> extra;
  if (described.retry_after > 0) extra.push_back({"Retry-After", std::to_string(described.retry_after)});
  if (described.status == 401) extra.push_back({"WWW-Authenticate", "Bearer"});
  const std::lock_guard lock(mutex_);
  if (complete_) return;
  if (gone_ && error.code() == ErrorCode::kCancelled) return leave_unanswered();
  problem_ = described;
  if (answered_) {
    cut_ = true;
    finish();
  } else {
    answer(described.status, "application/json", std::move(body), extra);
  }
  dropped.swap(on_gone_);
}

/// The work was given up because nobody waits for it: no error of the server's, and nothing that must be told.
void ExchangeState::leave_unanswered() {
  answered_ = true;
  cut_ = true;
  finish();
}

/// Of what was dropped. It throws nothing: destructors call it, also those of who found no memory.
void ExchangeState::fail_or_cut() {
  try {
    return fail(Error(ErrorCode::kInternal, "the request was dropped without an answer"));
  } catch (const std::exception&) {
    // For want of memory it ends without a word.
  }
  std::function<void()> dropped;
  const std::lock_guard lock(mutex_);
  if (status_ == 0) status_ = 500;
  leave_unanswered();
  dropped.swap(on_gone_);
}

void ExchangeState::abandon() {
  const bool open = [&] {
    const std::lock_guard lock(mutex_);
    if (!complete_ && gone_) leave_unanswered();
    return !complete_;
  }();
  if (open) fail_or_cut();
  std::shared_ptr<void> admission, body_file;
  const std::lock_guard lock(mutex_);
  admission.swap(admission_);
  body_file.swap(body_file_);
}

bool ExchangeState::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

void ExchangeState::on_gone(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!gone_ && complete_) return;
    if (!gone_) {
      on_gone_.swap(callback);
      return;
    }
  }
  if (callback) callback();
}

bool ExchangeState::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

std::size_t ExchangeState::buffered() const {
  const std::lock_guard lock(mutex_);
  return out_.size() + sending_;
}

void ExchangeState::note(std::string_view field, std::string_view value) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, text] : notes_) {
    if (name == field) {
      text = value;
      return;
    }
  }
  constexpr std::size_t kMost = 16;
  if (notes_.size() < kMost) notes_.emplace_back(field, value);
}

void ExchangeState::note_problem(const Error& error) {
  ErrorAnswer described = describe(error);
  const std::lock_guard lock(mutex_);
  problem_ = std::move(described);
}

ErrorAnswer ExchangeState::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

ExchangeState::Output ExchangeState::take() {
  const std::lock_guard lock(mutex_);
  Output output;
  output.bytes.swap(out_);
  sending_ += output.bytes.size();
  output.complete = complete_;
  output.cut = cut_;
  return output;
}

void ExchangeState::sent(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  sending_ -= bytes;
}

void ExchangeState::client_left() {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    // An answer that is complete is no longer the handler's matter; one that was too slow has not been told yet.
    if (complete_ && !too_slow_) return;
    gone_ = true;
    callback.swap(on_gone_);
  }
  try {
    if (callback) callback();
  } catch (const std::exception&) {
    // It must not throw; if it does, the other connections of this thread shall not pay for it.
  }
}

void ExchangeState::give_up(const Error& error) {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    callback.swap(on_gone_);
  }
  fail(error);
  try {
    if (callback) callback();
  } catch (const std::exception&) {
    // As in client_left().
  }
}

void ExchangeState::detach() {
  client_left();
  std::function<void()> wake;
  const std::lock_guard lock(mutex_);
  wake.swap(wake_);
  detached_ = true;
  out_ = {};
  sending_ = 0;
}

bool ExchangeState::detached() const {
  const std::lock_guard lock(mutex_);
  return detached_;
}

bool ExchangeState::streaming() const {
  const std::lock_guard lock(mutex_);
  return streaming_;
}

bool ExchangeState::complete() const {
  const std::lock_guard lock(mutex_);
  return complete_;
}

bool ExchangeState::too_slow() const {
  const std::lock_guard lock(mutex_);
  return too_slow_;
}

bool ExchangeState::cut() const {
  const std::lock_guard lock(mutex_);
  return cut_ && !too_slow_;
}

int ExchangeState::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::uint64_t ExchangeState::body_bytes() const {
  const std::lock_guard lock(mutex_);
  return body_bytes_;
}

bool ExchangeState::closes() const {
  const std::lock_guard lock(mutex_);
  return closes_ || cut_;
}

std::vector<std::pair<std::string, std::string>> ExchangeState::take_notes() {
  const std::lock_guard lock(mutex_);
  return std::move(notes_);
}

namespace {

class HandlerExchange : public Exchange {
 public:
  explicit HandlerExchange(std::shared_ptr<ExchangeState> state) : state_(std::move(state)) {}
  ~HandlerExchange() override { state_->abandon(); }

  HttpRequest& request() override { return state_->request(); }
  void respond(int status, std::string_view content_type, std::string body,
               const std::vector<HttpHeader>& extra) override {
    state_->respond(status, content_type, std::move(body), extra);
  }
  void begin_stream(int status, std::string_view content_type, const std::vector<HttpHeader>& extra) override {
    state_->begin_stream(status, content_type, extra);
  }
  bool write(std::string bytes) override { return state_->write(std::move(bytes)); }
  void end() override { state_->end(); }
  void fail(const Error& error) override { state_->fail(error); }
  bool answered() const override { return state_->answered(); }
  void on_gone(std::function<void()> callback) override { state_->on_gone(std::move(callback)); }
  bool gone() const override { return state_->gone(); }
  std::size_t buffered() const override { return state_->buffered(); }
  void note(std::string_view field, std::string_view value) override { state_->note(field, value); }
  void note_problem(const Error& error) override { state_->note_problem(error); }

 private:
  std::shared_ptr<ExchangeState> state_;
};

}  // namespace

std::shared_ptr<Exchange> make_exchange(std::shared_ptr<ExchangeState> state) {
  return std::make_shared<HandlerExchange>(std::move(state));
}

}  // namespace hearth
