// POST /v1/chat/completions.
#include <fmt/format.h>

#include "server/api/chat_call.h"
#include "server/api/chat_fields.h"
#include "server/api/chat_settings.h"
#include "server/api/model_answer.h"
#include "server/api/openai/openai_api.h"
#include "server/api/openai/openai_json.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

struct CompletionOptions {
  json::object body;
  std::vector<ChatMessage> messages;
  std::int64_t n = 1;
  bool stream = false, include_usage = false;
  std::int32_t logprobs = -1;  ///< that are told of each token besides its own; -1: none
  ToolPlan tools;
};

json::object function_object(const ToolCall& call) { return {{"name", call.name}, {"arguments", call.arguments_json}}; }

class ChatAnswer : public ModelAnswer {
 public:
  ChatAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, CompletionOptions options)
      : ModelAnswer(context, std::move(exchange)), options_(std::move(options)) {
    priority = asked_priority(RequestFields(options_.body));
  }

 private:
  struct Choice {
    explicit Choice(AnswerFormat format) : parser(std::move(format)) {}
    AnswerParser parser;
    std::string text, reasoning;
    std::vector<ToolCall> calls;
    std::vector<TokenLogprob> logprobs;  // of tokens whose text was held back
    json::value whole;                   // the choice of an answer that is not streamed
  };

  std::vector<GenerateRequest> prepare() override {
    const RequestFields fields(options_.body);
    check_choices(static_cast<std::size_t>(options_.n), "n");
    const ReadyChat ready = ready_chat(lease(), read_call(fields));
    std::vector<GenerateRequest> requests;
    for (std::int64_t i = 0; i < options_.n; ++i) {
      requests.push_back(ready.request);
      // Choices differ; the first one is what it would be alone.
      if (requests.back().sampling.seed) *requests.back().sampling.seed += static_cast<std::uint64_t>(i);
      choices_.emplace_back(ready.format);
    }
    return requests;
  }

  ChatCall read_call(const RequestFields& fields) {
    ChatCall call;
    call.request = default_request(lease());
    call.request.messages = std::move(options_.messages);
    read_chat_settings(fields, context().limits, call);
    call.request.logprobs = options_.logprobs;
    call.tools = options_.tools;
    return call;
  }

  void on_start(std::int64_t /*prompt_tokens*/, std::int64_t /*reused_tokens*/) override {
    if (!options_.stream) return;
    begin_events(exchange());
    // Where calls may come instead there may be no text at all: clients begin one at "".
    const json::value content = options_.tools.calls_allowed() ? json::value(nullptr) : json::value("");
    for (std::size_t choice = 0; choice < choices_.size(); ++choice)
      exchange().write(sse(chunk(choice, {{"role", "assistant"}, {"content", content}})));
  }

  void on_piece(std::size_t choice, const AnswerPiece& piece) override {
    Choice& at = choices_[choice];
    at.logprobs.insert(at.logprobs.end(), piece.logprobs.begin(), piece.logprobs.end());
    take(choice, at.parser.push(piece.text));
  }

  void take(std::size_t choice, std::vector<AnswerEvent> events) {
    Choice& at = choices_[choice];
    for (AnswerEvent& event : events) {
      json::object delta;
      switch (event.kind) {
        case AnswerEvent::Kind::kText:
          at.text += event.text;
          delta["content"] = event.text;
          break;
        case AnswerEvent::Kind::kReasoning:
          at.reasoning += event.text;
          delta["reasoning_content"] = event.text;
          break;
        case AnswerEvent::Kind::kToolCall: delta = call_delta(at.calls.size(), event.call); break;
      }
      if (event.kind == AnswerEvent::Kind::kToolCall) at.calls.push_back(std::move(event.call));
      if (options_.stream) exchange().write(sse(chunk(choice, std::move(delta), take_logprobs(at))));
    }
  }

  json::object call_delta(std::size_t index, const ToolCall& call) const {
    if (options_.tools.legacy) return {{"function_call", function_object(call)}};
    return {{"tool_calls",
             {{{"index", index}, {"id", call.id}, {"type", "function"}, {"function", function_object(call)}}}}};
  }

  json::value take_logprobs(Choice& at) const {
    if (options_.logprobs < 0 || at.logprobs.empty()) return nullptr;
    json::value logprobs{{"content", chat_logprobs(lease().model(), at.logprobs)}, {"refusal", nullptr}};
    at.logprobs.clear();
    return logprobs;
  }

  const char* finish_reason(const Choice& at, const Generation& generation) const {
    // Who reads "tool_calls" takes them for all there are.
    if (generation.finish_reason == FinishReason::kLength) return "length";
    if (!at.calls.empty()) return options_.tools.legacy ? "function_call" : "tool_calls";
    return openai_finish_reason(generation.finish_reason);
  }

  void on_choice(std::size_t choice, Generation generation) override {
    Choice& at = choices_[choice];
    take(choice, at.parser.finish(generation.finish_reason == FinishReason::kLength));
    usage_.add(generation.stats, choice == 0);
    if (!at.reasoning.empty())
      usage_.reasoning += static_cast<std::int64_t>(lease()->tokenize(at.reasoning, false, false).size());
    const char* reason = finish_reason(at, generation);
    if (options_.stream) {
      exchange().write(sse(chunk(choice, {}, take_logprobs(at), reason)));
      return;
    }
    json::value logprobs;
    if (options_.logprobs >= 0)
      logprobs = {{"content", chat_logprobs(lease().model(), generation.logprobs)}, {"refusal", nullptr}};
    at.whole = {
        {"index", choice}, {"message", message_of(at)}, {"logprobs", std::move(logprobs)}, {"finish_reason", reason}};
  }

  json::object message_of(const Choice& at) const {
    json::object message{{"role", "assistant"}, {"content", at.text}, {"refusal", nullptr}};
    if (at.text.empty() && !at.calls.empty()) message["content"] = nullptr;
    if (!at.reasoning.empty()) message["reasoning_content"] = at.reasoning;
    if (at.calls.empty()) return message;
    if (options_.tools.legacy) {
      message["function_call"] = function_object(at.calls.front());
      return message;
    }
    json::array calls;
    for (const ToolCall& call : at.calls)
      calls.push_back({{"id", call.id}, {"type", "function"}, {"function", function_object(call)}});
    message["tool_calls"] = std::move(calls);
    return message;
  }

  void on_complete() override {
    if (options_.stream) {
      if (options_.include_usage) {
        json::object last = head("chat.completion.chunk");
        last["choices"] = json::array();
        last["usage"] = openai_usage(usage_);
        exchange().write(sse(last));
      }
      exchange().write("data: [DONE]\n\n");
      exchange().end();
      return;
    }
    json::object body = head("chat.completion");
    json::array choices;
    for (Choice& at : choices_) choices.push_back(std::move(at.whole));
    body["choices"] = std::move(choices);
    body["usage"] = openai_usage(usage_);
    respond_json(exchange(), body);
  }

  const char* prompt_field() const override { return "messages"; }
  void on_stream_error(const HttpError& error) override { exchange().write(sse(openai_error_value(error))); }

  json::object head(const char* object) const {
    return {{"id", id_},
            {"object", object},
            {"created", created_},
            {"model", lease().name()},
            {"system_fingerprint", fmt::format("hearth-{}", lease().version())}};
  }

  json::object chunk(std::size_t choice, json::object delta, json::value logprobs = nullptr,
                     json::value reason = nullptr) const {
    json::object object = head("chat.completion.chunk");
    object["choices"] = {{{"index", choice},
                          {"delta", std::move(delta)},
                          {"logprobs", std::move(logprobs)},
                          {"finish_reason", std::move(reason)}}};
    if (options_.include_usage) object["usage"] = nullptr;
    return object;
  }

  CompletionOptions options_;
  std::string id_ = random_id("chatcmpl-");
  std::int64_t created_ = unix_time();
  std::vector<Choice> choices_;
  TokenUsage usage_;
};

}  // namespace

void create_chat_completion(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  CompletionOptions options;
  options.body = parse_body(exchange->request().body);
  const RequestFields fields(options.body);
  const std::string model = fields.required_string("model");
  // Wrong ones are refused before a model is loaded for them.
  options.messages = read_messages(fields, context.limits.max_messages);
  options.n = fields.integer("n", 1, context.limits.max_choices).value_or(1);
  options.stream = fields.boolean("stream").value_or(false);
  const auto top = fields.integer("top_logprobs", 0, 20);
  const bool logprobs = fields.boolean("logprobs").value_or(false);
  if (top && !logprobs) throw bad_field("top_logprobs", "top_logprobs needs logprobs to be true");
  if (logprobs) options.logprobs = static_cast<std::int32_t>(top.value_or(0));
  options.tools = read_openai_tools(fields);
  ChatCall unused;
  read_chat_settings(fields, context.limits, unused);
  if (const json::object* stream = fields.object("stream_options"))
    options.include_usage =
        options.stream && fields.child("stream_options", *stream).boolean("include_usage").value_or(false);
  std::make_shared<ChatAnswer>(context, exchange, std::move(options))->run(model);
}

}  // namespace hearth
