// POST /v1/messages and /v1/messages/count_tokens.
#include <algorithm>
#include <optional>
#include <utility>

#include "server/api/anthropic/anthropic_api.h"
#include "server/api/anthropic/content_blocks.h"
#include "server/api/anthropic/message_call.h"
#include "server/api/api_answer.h"
#include "server/api/model_answer.h"

namespace hearth {
namespace {

json::object usage_of(const GenerationStats& stats) {
  // Anthropic counts what was in the cache apart from the rest of the input.
  return {{"input_tokens", stats.prompt_tokens - stats.reused_tokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", stats.reused_tokens},
          {"output_tokens", stats.generated_tokens}};
}

/// The id by which the log knows the request, under the name that Anthropic's clients look for.
std::vector<HttpHeader> id_header(Exchange& exchange) { return {{"request-id", exchange.request().id}}; }

class MessageAnswer : public ModelAnswer {
 public:
  MessageAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, MessageCall call)
      : ModelAnswer(context, std::move(exchange)), call_(std::move(call)), blocks_(call_.thinking, emitter()) {}

 private:
  ContentBlocks::Emit emitter() {
    if (!call_.stream) return {};
    return [this](std::string_view event, const json::object& data) { exchange().write(sse(event, data)); };
  }

  std::vector<GenerateRequest> prepare() override {
    ReadyChat ready = ready_message(lease(), call_);
    parser_.emplace(std::move(ready.format));
    return {std::move(ready.request)};
  }

  void on_start(std::int64_t prompt_tokens, std::int64_t reused_tokens) override {
    if (!call_.stream) return;
    exchange().begin_stream(
        200, "text/event-stream; charset=utf-8",
        {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}, id_header(exchange()).front()});
    GenerationStats stats;
    stats.prompt_tokens = prompt_tokens;
    stats.reused_tokens = reused_tokens;  // it may become more: what others read meanwhile is known, too
    exchange().write(
        sse("message_start", {{"type", "message_start"}, {"message", message({}, nullptr, nullptr, usage_of(stats))}}));
  }

  void on_piece(std::size_t /*choice*/, const AnswerPiece& piece) override { take(parser_->push(piece.text)); }

  void take(std::vector<AnswerEvent> events) {
    for (AnswerEvent& event : events) blocks_.take(std::move(event));
  }

  void on_choice(std::size_t /*choice*/, Generation generation) override {
    take(parser_->finish(generation.finish_reason == FinishReason::kLength));
    blocks_.finish();
    generation_ = std::move(generation);
  }

  void on_complete() override {
    const json::value stop_sequence = matched_stop();
    const char* reason = stop_reason(!stop_sequence.is_null());
    json::object usage = usage_of(generation_.stats);
    if (!call_.stream) {
      exchange().respond(200, kJsonType,
                         json::serialize(message(blocks_.take_content(), reason, stop_sequence, std::move(usage))),
                         id_header(exchange()));
      return;
    }
    exchange().write(sse("message_delta", {{"type", "message_delta"},
                                           {"delta", {{"stop_reason", reason}, {"stop_sequence", stop_sequence}}},
                                           {"usage", std::move(usage)}}));
    exchange().write(sse("message_stop", {{"type", "message_stop"}}));
    exchange().end();
  }

  void on_stream_error(const HttpError& error) override {
    exchange().write(sse("error", parse_json(anthropic_error(describe(error)), "an error")));
  }

  const char* outcome(const Generation& generation) const override {
    return blocks_.has_calls() ? "tool_calls" : ModelAnswer::outcome(generation);
  }

  /// The client's own stop string that ended the answer, or null: a model made of another may have some, too.
  json::value matched_stop() const {
    const auto& own = call_.stop_sequences;
    const bool is_own = generation_.finish_reason == FinishReason::kStop && !generation_.stop_text.empty() &&
                        std::find(own.begin(), own.end(), generation_.stop_text) != own.end();
    return is_own ? json::value(generation_.stop_text) : json::value(nullptr);
  }

  const char* stop_reason(bool at_stop_sequence) {
    if (generation_.finish_reason == FinishReason::kLength) {
      const bool has_all = static_cast<std::int64_t>(generation_.ids.size()) >= call_.max_tokens;
      const std::int64_t most = context().limits.max_tokens;  // of the server
      const bool is_limited = most > 0 && static_cast<std::int64_t>(generation_.ids.size()) >= most;
      return has_all || is_limited ? "max_tokens" : "model_context_window_exceeded";
    }
    if (at_stop_sequence) return "stop_sequence";
    return blocks_.has_calls() ? "tool_use" : "end_turn";
  }

  json::object message(json::array content, json::value reason, json::value stop_sequence, json::object usage) const {
    return {{"id", id_},
            {"type", "message"},
            {"role", "assistant"},
            {"model", lease().name()},
            {"content", std::move(content)},
            {"stop_reason", std::move(reason)},
            {"stop_sequence", std::move(stop_sequence)},
            {"usage", std::move(usage)}};
  }

  MessageCall call_;
  std::string id_ = random_id("msg_");
  std::optional<AnswerParser> parser_;
  ContentBlocks blocks_;
  Generation generation_;
};

}  // namespace

void create_message(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  MessageCall call = read_message_call(parse_body(exchange->request().body), context.limits);
  const std::string model = call.model;
  std::make_shared<MessageAnswer>(context, exchange, std::move(call))->run(model);
}

void count_message_tokens(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  const auto call = std::make_shared<const MessageCall>(
      read_message_call(parse_body(exchange->request().body), context.limits, true));
  with_model(context, exchange, call->model, {}, [exchange, call](const Lease& lease) {
    const ReadyChat ready = ready_message(lease, *call);
    const std::vector<TokenId> ids = lease->prompt_tokens(ready.request);
    exchange->respond(200, kJsonType, json::serialize(json::object{{"input_tokens", ids.size()}}),
                      id_header(*exchange));
  });
}

}  // namespace hearth
