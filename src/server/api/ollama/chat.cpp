// POST /api/chat.
#include <utility>

#include "server/api/chat_call.h"
#include "server/api/ollama/ollama_answer.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_messages.h"

namespace hearth {
namespace {

/// Arguments are an object here, whatever the model wrote.
json::value arguments_object(const ToolCall& call) {
  try {
    json::value arguments = parse_json(call.arguments_json, "the arguments");
    if (arguments.is_object()) return arguments;
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a call without arguments is what is left
  }
  return json::object();
}

class ChatAnswer : public OllamaAnswer {
 public:
  ChatAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange, OllamaCall call,
             std::vector<ChatMessage> messages, ToolPlan tools)
      : OllamaAnswer(context, std::move(exchange), std::move(call)),
        messages_(std::move(messages)),
        tools_(std::move(tools)) {}

 private:
  std::vector<GenerateRequest> prepare() override {
    ChatCall chat;
    chat.request = begin_request(lease(), call());
    chat.request.messages = std::move(messages_);
    chat.tools = std::move(tools_);
    chat.split_reasoning = call().may_reason();
    ReadyChat ready = ready_chat(lease(), std::move(chat));
    read_as(std::move(ready.format));
    return {std::move(ready.request)};
  }

  void put(json::object& line, const AnswerDelta& delta, std::size_t n_before) const override {
    json::object message{{"role", "assistant"}, {"content", delta.text}};
    if (!delta.thinking.empty()) message["thinking"] = delta.thinking;
    json::array calls;
    for (const ToolCall& one : delta.calls) {
      calls.push_back(
          {{"id", one.id},
           {"function",
            {{"index", n_before + calls.size()}, {"name", one.name}, {"arguments", arguments_object(one)}}}});
    }
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    line["message"] = std::move(message);
  }

  std::vector<ChatMessage> messages_;
  ToolPlan tools_;
};

}  // namespace

void ollama_chat(ApiContext& context, const std::shared_ptr<Exchange>& exchange) {
  OllamaCall call = read_ollama_call(parse_body(exchange->request().body), context.limits);
  const RequestFields fields(call.body);
  std::vector<ChatMessage> messages = read_ollama_messages(fields, context.limits.max_messages);
  if (messages.empty()) {
    return load_or_unload(context, exchange, call, [](json::object& body) {
      body["message"] = {{"role", "assistant"}, {"content", ""}};
    });
  }
  ToolPlan tools = read_ollama_tools(fields);
  std::make_shared<ChatAnswer>(context, exchange, std::move(call), std::move(messages), std::move(tools))->run();
}

}  // namespace hearth
