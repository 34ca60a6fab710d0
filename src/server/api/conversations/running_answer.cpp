#include "server/api/conversations/running_answer.h"

#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "server/api/api_answer.h"
#include "server/api/chat_call.h"
#include "server/api/chat_settings.h"
#include "server/api/sampling_fields.h"
#include "store/conversation_json.h"

namespace hearth {
namespace {

constexpr std::chrono::seconds kQuiet{15};
/// More than any context holds; what is larger fails in the model's own words.
constexpr std::size_t kMostCounted = std::size_t{8} << 20;

std::string code_of(const HttpError& error) {
  return error.details().code.empty() ? error_code_name(error.code()) : error.details().code;
}

}  // namespace

RunningAnswer::RunningAnswer(ApiContext& context, AnswerCall call, std::function<void()> on_end)
    : ModelWork(context),
      call_(std::move(call)),
      id_(call_.message.id),
      on_end_(std::move(on_end)),
      raw_(call_.message.written()),
      progress_({{"stage", "loading"}}) {}

std::vector<GenerateRequest> RunningAnswer::prepare() {
  ChatCall call;
  call.request = default_request(lease());
  call.request.messages = call_.messages;
  if (call_.chat_template) call.request.chat.chat_template = *call_.chat_template;
  const json::value parameters = parse_json(call_.message.parameters_json, "the parameters", 160);
  read_chat_settings(RequestFields(parameters.as_object(), "parameters"), context().limits, call);
  ReadyChat ready = ready_chat(lease(), std::move(call));
  ready.request.chat.answer_begin = raw_;
  // All of it is tokenised once more for the request itself; what is counted here is only what nobody else counts.
  const auto before = raw_.empty() ? 0 : static_cast<std::int64_t>(lease()->tokenize(raw_, false, false).size());
  count_attachments();
  const std::lock_guard lock(mutex_);
  call_.message.facts = {};
  call_.message.facts.context_length = lease()->context();
  tokens_before_ = before;
  call_.message.content.clear();
  call_.message.reasoning.clear();
  parser_.emplace(std::move(ready.format));
  if (!raw_.empty()) {
    // The parser must know where in the answer it is; who listens has this text already, but perhaps less of it was
    // certain.
    for (AnswerEvent& event : parser_->push(raw_)) {
      std::string& target =
          event.kind == AnswerEvent::Kind::kReasoning ? call_.message.reasoning : call_.message.content;
      target += event.text;
    }
    broadcast(sse("snapshot", message_json(call_.message)));
  }
  set_progress({{"stage", "queued"}});
  return {std::move(ready.request)};
}

void RunningAnswer::count_attachments() {
  const auto& attachments = call_.question.attachments;
  std::size_t bytes = 0;
  for (const Attachment& attachment : attachments) bytes += attachment.text.size();
  const bool is_known =
      std::all_of(attachments.begin(), attachments.end(), [](const auto& each) { return each.tokens; });
  if (is_known || bytes > kMostCounted || !call_.on_attachment_tokens) return;
  std::vector<std::int64_t> tokens;
  tokens.reserve(attachments.size());
  for (const Attachment& attachment : attachments)
    tokens.push_back(static_cast<std::int64_t>(lease()->tokenize(attachment.text, false, false).size()));
  call_.on_attachment_tokens(call_.question.id, tokens);
}

void RunningAnswer::on_start(std::int64_t prompt_tokens, std::int64_t /*reused_tokens*/) {
  const std::lock_guard lock(mutex_);
  call_.message.facts.prompt_tokens = prompt_tokens - tokens_before_;
  set_progress({{"stage", "reading"}, {"total", prompt_tokens}});
}

void RunningAnswer::on_piece(std::size_t /*choice*/, const AnswerPiece& piece) {
  const std::lock_guard lock(mutex_);
  if (!first_piece_) first_piece_ = Clock::now();
  progress_.clear();
  const std::string text = replace_invalid_utf8(piece.text);
  raw_ += text;
  is_dirty_ = true;
  take(parser_->push(text));
}

void RunningAnswer::take(const std::vector<AnswerEvent>& events) {
  for (const AnswerEvent& event : events) {
    const bool is_reasoning = event.kind == AnswerEvent::Kind::kReasoning;
    (is_reasoning ? call_.message.reasoning : call_.message.content) += event.text;
    broadcast(sse("delta", {{is_reasoning ? "reasoning" : "content", event.text}}));
  }
}

void RunningAnswer::take_facts(const GenerationStats& stats) {
  AnswerFacts& facts = call_.message.facts;
  facts.prompt_tokens = std::max<std::int64_t>(0, stats.prompt_tokens - tokens_before_);
  facts.cached_tokens = stats.reused_tokens;
  facts.completion_tokens = tokens_before_ + stats.generated_tokens;
  facts.tokens_per_second = stats.generated_tokens_per_second();
  if (first_piece_) {
    facts.time_to_first_token_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(*first_piece_ - arrived()).count();
  }
}

void RunningAnswer::on_choice(std::size_t /*choice*/, Generation generation) {
  {
    const std::lock_guard lock(mutex_);
    take_facts(generation.stats);
  }
  end(MessageState::kDone, finish_reason_name(generation.finish_reason), nullptr);
}

void RunningAnswer::on_cancelled(std::size_t /*choice*/, const Generation& generation) {
  {
    const std::lock_guard lock(mutex_);
    take_facts(generation.stats);
  }
  end_as_wished(nullptr);
}

void RunningAnswer::on_failure(const HttpError& error) { end_as_wished(&error); }

void RunningAnswer::end_as_wished(const HttpError* error) {
  Wish wish = Wish::kGoOn;
  {
    const std::lock_guard lock(mutex_);
    wish = wish_;
  }
  const bool was_cancelled = error == nullptr || error->code() == ErrorCode::kCancelled;
  if (was_cancelled && wish == Wish::kStop) return end(MessageState::kDone, "cancelled", nullptr);
  // The model goes, and not because of this answer: a person may go on with it.
  if (was_cancelled) return end(MessageState::kCut, "", nullptr);
  end(MessageState::kFailed, "", error);
}

void RunningAnswer::end(MessageState state, const std::string& finish_reason, const HttpError* error) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_ended_, true)) return;
    if (parser_) take(parser_->finish());
    call_.message.state = state;
    call_.message.finish_reason = finish_reason;
    if (error != nullptr) {
      call_.message.error_message = describe(*error).message;
      call_.message.error_code = code_of(*error);
    }
    progress_.clear();
    is_dirty_ = true;
  }
  on_end_();
}

StoredMessage RunningAnswer::snapshot() const {
  const std::lock_guard lock(mutex_);
  return shown();
}

StoredMessage RunningAnswer::shown() const {
  StoredMessage message = call_.message;
  if (!has_ended_ || is_told_) return message;
  message.state = MessageState::kRunning;
  for (std::string* text : {&message.finish_reason, &message.error_message, &message.error_code}) text->clear();
  return message;
}

bool RunningAnswer::has_ended() const {
  const std::lock_guard lock(mutex_);
  return has_ended_;
}

std::optional<AnswerUpdate> RunningAnswer::take_update() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_dirty_, false)) return std::nullopt;
  const StoredMessage& message = call_.message;
  AnswerUpdate update;
  update.message_id = message.id;
  update.content = message.content;
  update.reasoning = message.reasoning;
  if (raw_ != message.content) update.raw = raw_;
  update.state = message.state;
  update.finish_reason = message.finish_reason;
  update.error_message = message.error_message;
  update.error_code = message.error_code;
  update.facts = message.facts;
  return update;
}

void RunningAnswer::set_progress(json::object progress) {
  progress_ = std::move(progress);
  broadcast(sse("progress", progress_));
}

void RunningAnswer::broadcast(const std::string& bytes) {
  if (listeners_.empty()) return;
  std::erase_if(listeners_, [&](const auto& exchange) { return !exchange->write(bytes); });
  last_sent_ = Clock::now();
}

bool RunningAnswer::listen(const std::shared_ptr<Exchange>& exchange) {
  {
    const std::lock_guard lock(mutex_);
    if (is_told_) return false;
    begin_events(*exchange);
    exchange->write(sse("snapshot", message_json(shown())));
    if (!progress_.empty()) exchange->write(sse("progress", progress_));
    listeners_.push_back(exchange);
  }
  // Outside of the lock: where the client is gone already it is called here.
  exchange->on_gone([self = weak_from_this(), raw = exchange.get()] {
    const auto work = self.lock();
    if (work == nullptr) return;
    auto& answer = static_cast<RunningAnswer&>(*work);
    std::shared_ptr<Exchange> dropped;
    const std::lock_guard lock(answer.mutex_);
    const auto found = std::find_if(answer.listeners_.begin(), answer.listeners_.end(),
                                    [&](const auto& each) { return each.get() == raw; });
    if (found == answer.listeners_.end()) return;
    dropped = std::move(*found);
    answer.listeners_.erase(found);
  });
  return true;
}

bool RunningAnswer::when_told(std::function<void(const StoredMessage&)> callback) {
  const std::lock_guard lock(mutex_);
  if (is_told_) return false;
  callbacks_.push_back(std::move(callback));
  return true;
}

void RunningAnswer::keep_open() {
  const std::lock_guard lock(mutex_);
  if (Clock::now() - last_sent_ >= kQuiet) broadcast(": it goes on\n\n");
}

void RunningAnswer::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (wish_ == Wish::kGoOn) wish_ = Wish::kStop;
  }
  cancel();
}

void RunningAnswer::cut() {
  {
    const std::lock_guard lock(mutex_);
    if (wish_ == Wish::kGoOn) wish_ = Wish::kCut;
  }
  cancel();
}

void RunningAnswer::tell(const std::string& problem) {
  std::vector<std::shared_ptr<Exchange>> listeners;
  std::vector<std::function<void(const StoredMessage&)>> callbacks;
  StoredMessage message;
  {
    const std::lock_guard lock(mutex_);
    is_told_ = true;
    listeners.swap(listeners_);
    callbacks.swap(callbacks_);
    message = call_.message;
  }
  if (!problem.empty()) {
    message.state = MessageState::kFailed;
    message.error_message = problem;
    message.error_code = "store_unavailable";
  }
  const std::string last = listeners.empty() ? std::string() : sse("done", message_json(message));
  for (const auto& exchange : listeners) {
    exchange->write(last);
    exchange->end();
  }
  for (const auto& callback : callbacks) callback(message);
}

}  // namespace hearth
