#include "server/api/ollama/ollama_answer.h"

#include <fmt/format.h>

#include <utility>

#include "server/api/ollama/ollama_json.h"
#include "server/api/openai/openai_json.h"

namespace hearth {

json::object answer_head(const std::string& model, bool done) {
  return {{"model", model}, {"created_at", rfc3339(std::chrono::system_clock::now())}, {"done", done}};
}

OllamaAnswer::OllamaAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, OllamaCall call)
    : ModelAnswer(context, std::move(exchange)), call_(std::move(call)), parser_(AnswerFormat{}) {}

json::object OllamaAnswer::head(bool done) const { return answer_head(call_.model, done); }

void OllamaAnswer::put_logprobs(json::object& line, std::vector<TokenLogprob>& logprobs) const {
  if (call_.logprobs < 0 || logprobs.empty()) return;
  json::array entries = chat_logprobs(lease().model(), logprobs);
  if (call_.logprobs == 0) {
    for (json::value& entry : entries) entry.as_object().erase("top_logprobs");
  }
  line["logprobs"] = std::move(entries);
  logprobs.clear();
}

void OllamaAnswer::on_start(std::int64_t /*prompt_tokens*/, std::int64_t /*reused_tokens*/) {
  if (call_.stream) begin_lines(exchange());
}

void OllamaAnswer::on_piece(std::size_t /*choice*/, const AnswerPiece& piece) {
  logprobs_.insert(logprobs_.end(), piece.logprobs.begin(), piece.logprobs.end());
  take(parser_.push(piece.text));
}

void OllamaAnswer::take(std::vector<AnswerEvent> events) {
  for (AnswerEvent& event : events) {
    AnswerDelta delta;
    switch (event.kind) {
      case AnswerEvent::Kind::kText: delta.text = std::move(event.text); break;
      case AnswerEvent::Kind::kReasoning: delta.thinking = std::move(event.text); break;
      case AnswerEvent::Kind::kToolCall: delta.calls.push_back(std::move(event.call)); break;
    }
    const std::size_t n_before = std::exchange(n_calls_, n_calls_ + delta.calls.size());
    if (call_.stream) {
      json::object line = head(false);
      put(line, delta, n_before);
      put_logprobs(line, logprobs_);
      exchange().write(ollama_line(line));
      continue;
    }
    whole_.text += delta.text;
    whole_.thinking += delta.thinking;
    for (ToolCall& call : delta.calls) whole_.calls.push_back(std::move(call));
  }
}

void OllamaAnswer::on_choice(std::size_t /*choice*/, Generation generation) {
  take(parser_.finish());
  last_ = head(true);
  put(last_, whole_, call_.stream ? n_calls_ : 0);  // where it streams there is nothing left
  put_logprobs(last_, call_.stream ? logprobs_ : generation.logprobs);
  last_["done_reason"] = ollama_done_reason(generation.finish_reason);
  put_more(last_, generation);
  const double total = std::chrono::duration<double>(Clock::now() - arrived()).count();
  put_counts(last_, generation.stats, total, lease().load_seconds());
}

void OllamaAnswer::on_complete() {
  if (!call_.stream) return respond_json(exchange(), last_);
  exchange().write(ollama_line(last_));
  exchange().end();
}

void OllamaAnswer::on_stream_error(const HttpError& error) { exchange().write(ollama_error(describe(error)) + "\n"); }

const char* OllamaAnswer::outcome(const Generation& generation) const {
  return n_calls_ > 0 ? "tool_calls" : ModelAnswer::outcome(generation);
}

void load_or_unload(ApiContext& context, const std::shared_ptr<Exchange>& exchange, const OllamaCall& call,
                    const std::function<void(json::object&)>& put) {
  json::object body = answer_head(call.model, true);
  put(body);
  if (call.has_keep_alive_zero()) {
    if (!exchange->request().principal.may(Scope::kManage)) {
      throw HttpError(ErrorCode::kInvalidArgument, "this key may not unload models",
                      {403, "permission_error", "keep_alive", "", 0});
    }
    context.models.unload(call.model);
    body["done_reason"] = "unload";
    return respond_json(*exchange, body);
  }
  body["done_reason"] = "load";
  AcquireOptions options;
  options.keep_alive = call.keep_alive;
  options.deadline = context.limits.deadline(std::chrono::steady_clock::now());
  with_model(context, exchange, call.model, options, [exchange, body = std::move(body)](const Lease& lease) {
    require_generator(lease);
    respond_json(*exchange, body);
  });
}

}  // namespace hearth
