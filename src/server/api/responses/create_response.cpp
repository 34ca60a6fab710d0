// POST /v1/responses and /v1/responses/input_tokens.
#include <optional>
#include <utility>

#include "server/api/model_answer.h"
#include "server/api/openai/openai_json.h"
#include "server/api/responses/response_call.h"
#include "server/api/responses/response_output.h"
#include "server/api/responses/responses_api.h"

namespace hearth {
namespace {

class ResponseAnswer : public ModelAnswer {
 public:
  ResponseAnswer(ApiContext& context, ResponseStore& store, std::shared_ptr<Exchange> exchange, ResponseCall call)
      : ModelAnswer(context, std::move(exchange)),
        store_(store),
        call_(std::move(call)),
        output_(call_.summarise_reasoning, emitter()) {
    priority = call_.priority;
  }

 private:
  ResponseOutput::Emit emitter() {
    if (!call_.stream) return {};
    return [this](std::string_view type, json::object fields) { emit(type, std::move(fields)); };
  }

  void emit(std::string_view type, json::object fields) {
    json::object event{{"type", type}, {"sequence_number", sequence_number_++}};
    for (auto& field : fields) event[field.key()] = std::move(field.value());
    exchange().write(sse(type, event));
  }

  std::vector<GenerateRequest> prepare() override {
    ReadyChat ready = ready_response(lease(), call_);
    parser_.emplace(std::move(ready.format));
    return {std::move(ready.request)};
  }

  void on_start(std::int64_t /*prompt_tokens*/, std::int64_t /*reused_tokens*/) override {
    if (!call_.stream) return;
    begin_events(exchange());
    emit("response.created", {{"response", response("in_progress")}});
    emit("response.in_progress", {{"response", response("in_progress")}});
  }

  void on_piece(std::size_t /*choice*/, const AnswerPiece& piece) override {
    logprobs_.insert(logprobs_.end(), piece.logprobs.begin(), piece.logprobs.end());
    take(parser_->push(piece.text));
  }

  /// Probabilities go with the text that their tokens complete; those of reasoning and calls with nothing.
  void take(std::vector<AnswerEvent> events) {
    for (AnswerEvent& event : events) {
      json::array logprobs;
      if (event.kind == AnswerEvent::Kind::kText) logprobs = chat_logprobs(lease().model(), logprobs_);
      logprobs_.clear();
      output_.take(std::move(event), std::move(logprobs));
    }
  }

  void on_choice(std::size_t /*choice*/, Generation generation) override {
    is_whole_ = generation.finish_reason != FinishReason::kLength;
    take(parser_->finish(!is_whole_));
    output_.finish(is_whole_);
    usage_.add(generation.stats);
    if (!output_.reasoning().empty())
      usage_.reasoning = static_cast<std::int64_t>(lease()->tokenize(output_.reasoning(), false, false).size());
  }

  void on_complete() override {
    json::object body = response(is_whole_ ? "completed" : "incomplete");
    if (is_whole_) {
      body["completed_at"] = unix_time();
    } else {
      body["incomplete_details"] = {{"reason", "max_output_tokens"}};
    }
    body["usage"] = {{"input_tokens", usage_.prompt},
                     {"input_tokens_details", {{"cached_tokens", usage_.cached}, {"cache_write_tokens", 0}}},
                     {"output_tokens", usage_.completion},
                     {"output_tokens_details", {{"reasoning_tokens", usage_.reasoning}}},
                     {"total_tokens", usage_.prompt + usage_.completion}};
    keep(body);
    if (!call_.stream) return respond_json(exchange(), body);
    emit(is_whole_ ? "response.completed" : "response.incomplete", {{"response", std::move(body)}});
    exchange().end();
  }

  const char* prompt_field() const override { return "input"; }
  void on_stream_error(const HttpError& error) override {
    const ErrorAnswer answer = describe(error);
    json::object body = response("failed");
    body["error"] = {{"code", answer.status < 500 ? "invalid_prompt" : "server_error"}, {"message", answer.message}};
    keep(body);
    emit("response.failed", {{"response", std::move(body)}});
  }

  const char* outcome(const Generation& generation) const override {
    return output_.has_calls() ? "tool_calls" : ModelAnswer::outcome(generation);
  }

  void keep(const json::object& body) {
    if (!call_.store) return;
    std::vector<std::string> items;
    for (const json::value& item : body.at("output").as_array()) items.emplace_back(item.at("id").as_string());
    store_.put({id_, exchange().request().principal.key_name, call_.previous, json::serialize(call_.input),
                json::serialize(body), std::move(items)});
  }

  json::object response(const char* status) const {
    json::object body{{"id", id_},
                      {"object", "response"},
                      {"created_at", created_},
                      {"status", status},
                      {"completed_at", nullptr},
                      {"error", nullptr},
                      {"incomplete_details", nullptr},
                      {"model", lease().name()},
                      {"output", output_.items()},
                      {"usage", nullptr}};
    for (auto& [key, value] : response_settings(call_)) body[key] = std::move(value);
    return body;
  }

  ResponseStore& store_;
  ResponseCall call_;
  std::string id_ = random_id("resp_");
  std::int64_t created_ = unix_time();
  std::int64_t sequence_number_ = 0;
  std::optional<AnswerParser> parser_;
  ResponseOutput output_;
  std::vector<TokenLogprob> logprobs_;  // of tokens whose text was held back
  bool is_whole_ = true;
  TokenUsage usage_;
};

ResponseCall read_call(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  const HttpRequest& request = exchange->request();
  return read_response_call(parse_body(request.body), context.limits, store, request.principal.key_name);
}

}  // namespace

void create_response(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  ResponseCall call = read_call(context, store, exchange);
  const std::string model = call.model;
  std::make_shared<ResponseAnswer>(context, store, exchange, std::move(call))->run(model);
}

void count_response_tokens(ApiContext& context, ResponseStore& store, const std::shared_ptr<Exchange>& exchange) {
  const auto call = std::make_shared<const ResponseCall>(read_call(context, store, exchange));
  with_model(context, exchange, call->model, {}, [exchange, call](const Lease& lease) {
    const ReadyChat ready = ready_response(lease, *call);
    respond_json(*exchange,
                 {{"object", "response.input_tokens"}, {"input_tokens", lease->prompt_tokens(ready.request).size()}});
  });
}

}  // namespace hearth
