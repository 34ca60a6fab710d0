// The Messages API as a client sees it, with a model that says what the test tells it to. What is expected is what
// Anthropic's reference (docs.anthropic.com/en/api/messages, …/messages-streaming) says.
#include <gtest/gtest.h>

#include "server/api/anthropic/anthropic_api.h"
#include "server/api/testing/api_house.h"

namespace hearth {
namespace {

using hearth::testing::StreamEvent;
using Names = std::vector<std::string>;

constexpr const char* kTools =
    R"("tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}])";
// Knows <think>, and takes it from "enable_thinking" whether it has opened it.
constexpr const char* kThinkingTemplate =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n"
    "</think>\n{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "<think>\n{% if enable_thinking is defined and enable_thinking is false %}\n</think>\n\n{% endif %}{% endif %}";

class Messages : public hearth::testing::ApiHouse {
 protected:
  Messages() { add_anthropic_routes(router_, *context_); }

  static std::string request(const std::string& more = {}) {
    return R"({"model":"parrot","max_tokens":2048,"messages":[{"role":"user","content":"Hi"}])" +
           (more.empty() ? "" : "," + more) + "}";
  }
  json::object answer(const std::string& more = {}) {
    const auto exchange = post("/v1/messages", request(more));
    EXPECT_EQ(exchange->status(), 200) << exchange->body();
    return body_of(*exchange).as_object();
  }
  std::vector<StreamEvent> stream(const std::string& more = {}) {
    const auto exchange = post("/v1/messages", request(R"("stream":true)" + (more.empty() ? "" : "," + more)));
    EXPECT_EQ(exchange->content_type(), "text/event-stream; charset=utf-8") << exchange->body();
    return events_of(*exchange);
  }
  /// Status, type and message of the error that a body is answered with.
  std::tuple<int, std::string, std::string> error(const std::string& body) {
    const auto exchange = post("/v1/messages", body);
    const json::object answer = body_of(*exchange).as_object();
    EXPECT_EQ(answer.at("type"), "error");
    const json::object& error = answer.at("error").as_object();
    return {exchange->status(), std::string(error.at("type").as_string()),
            std::string(error.at("message").as_string())};
  }
  void expect_refused(const std::string& more, const std::string& field) {
    const auto [status, type, message] = error(request(more));
    EXPECT_EQ(status, 400) << more;
    EXPECT_EQ(type, "invalid_request_error");
    EXPECT_TRUE(message.starts_with(field)) << message;
  }
};

TEST_F(Messages, AnswersAsAMessage) {
  script_.pieces = {"Hello", " there"};
  script_.reused_tokens = 3;
  const json::object message = answer();
  EXPECT_TRUE(message.at("id").as_string().starts_with("msg_"));
  EXPECT_EQ(message.at("type"), "message");
  EXPECT_EQ(message.at("role"), "assistant");
  EXPECT_EQ(message.at("model"), "parrot");
  EXPECT_EQ(message.at("content"), parse_json(R"([{"type":"text","text":"Hello there"}])", ""));
  EXPECT_EQ(message.at("stop_reason"), "end_turn");
  EXPECT_TRUE(message.at("stop_sequence").is_null());
  const json::object& usage = message.at("usage").as_object();
  const auto prompt =
      static_cast<std::int64_t>(std::string("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n").size());
  EXPECT_EQ(usage.at("input_tokens"), prompt - 3);
  EXPECT_EQ(usage.at("cache_read_input_tokens"), 3);
  EXPECT_EQ(usage.at("output_tokens"), 11);
}

TEST_F(Messages, GivesTheRequestsIdInTheHeaderThatClientsLookFor) {
  const auto exchange = post("/v1/messages", request());
  ASSERT_EQ(exchange->headers().size(), 1U);
  EXPECT_EQ(exchange->headers()[0].name, "request-id");
  EXPECT_EQ(exchange->headers()[0].value, "req-1");
}

TEST_F(Messages, BringsSettingsToTheModel) {
  answer(R"("temperature":0.25,"top_p":0.5,"top_k":7,"stop_sequences":["END","\n\n"],"metadata":{"user_id":"u"})");
  ASSERT_TRUE(script_.asked.has_value());
  EXPECT_EQ(script_.asked->sampling.temperature, 0.25F);
  EXPECT_EQ(script_.asked->sampling.top_p, 0.5F);
  EXPECT_EQ(script_.asked->sampling.top_k, 7);
  EXPECT_EQ(script_.asked->max_tokens, 2048);
  EXPECT_EQ(script_.asked->stop, (std::vector<std::string>{"END", "\n\n"}));
}

TEST_F(Messages, SaysWhyItStopped) {
  script_.pieces = {"a"};
  script_.stop_text = "END";
  json::object message = answer(R"("stop_sequences":["END"])");
  EXPECT_EQ(message.at("stop_reason"), "stop_sequence");
  EXPECT_EQ(message.at("stop_sequence"), "END");

  message = answer();  // a stop string that the client knows nothing of
  EXPECT_EQ(message.at("stop_reason"), "end_turn");
  EXPECT_TRUE(message.at("stop_sequence").is_null());

  script_.stop_text.clear();
  script_.finish_reason = FinishReason::kLength;
  EXPECT_EQ(answer().at("stop_reason"), "model_context_window_exceeded");  // far fewer than max_tokens
  script_.pieces = {std::string(2048, 'a')};
  EXPECT_EQ(answer().at("stop_reason"), "max_tokens");
}

TEST_F(Messages, StreamsInTheOrderOfTheReference) {
  script_.pieces = {"Hello", " there"};
  script_.reused_tokens = 3;
  const auto events = stream();
  EXPECT_EQ(names_of(events), (Names{"message_start", "content_block_start", "ping", "content_block_delta",
                                     "content_block_delta", "content_block_stop", "message_delta", "message_stop"}));
  for (const StreamEvent& event : events) EXPECT_EQ(event.data.at("type"), json::value(event.name));
  const json::object& start = events[0].data.at("message").as_object();
  EXPECT_TRUE(start.at("content").as_array().empty());
  EXPECT_TRUE(start.at("stop_reason").is_null());
  const json::value& usage = start.at("usage");
  EXPECT_GT(usage.at("input_tokens").as_int64(), 0);
  EXPECT_EQ(usage.at("cache_read_input_tokens"), 3);
  EXPECT_EQ(usage.at("input_tokens"), events[6].data.at("usage").at("input_tokens"));
  EXPECT_EQ(events[1].data, parse_json(R"({"type":"content_block_start","index":0,
    "content_block":{"type":"text","text":""}})",
                                       ""));
  EXPECT_EQ(events[3].data, parse_json(R"({"type":"content_block_delta","index":0,
    "delta":{"type":"text_delta","text":"Hello"}})",
                                       ""));
  EXPECT_EQ(events[6].data.at("delta"), parse_json(R"({"stop_reason":"end_turn","stop_sequence":null})", ""));
  EXPECT_EQ(events[6].data.at("usage").at("output_tokens"), 11);
  EXPECT_EQ(events[6].data.at("usage").at("cache_read_input_tokens"), 3);
}

TEST_F(Messages, AnEmptyAnswerHasNoBlocks) {
  EXPECT_EQ(names_of(stream()), (Names{"message_start", "message_delta", "message_stop"}));
  EXPECT_TRUE(answer().at("content").as_array().empty());
}

TEST_F(Messages, GivesCallsAsBlocks) {
  script_.pieces = {"I look.\n<tool_call>\n{\"name\": \"weather\", ",
                    "\"arguments\": {\"city\": \"Ulm\"}}\n</tool_call>"};
  const json::object message = answer(kTools);
  EXPECT_EQ(message.at("stop_reason"), "tool_use");
  const json::array& content = message.at("content").as_array();
  ASSERT_EQ(content.size(), 2U);
  EXPECT_EQ(content[0].at("text"), "I look.");
  EXPECT_EQ(content[1].at("type"), "tool_use");
  EXPECT_TRUE(content[1].at("id").as_string().starts_with("toolu_"));
  EXPECT_EQ(content[1].at("name"), "weather");
  EXPECT_EQ(content[1].at("input"), parse_json(R"({"city":"Ulm"})", ""));

  const auto events = stream(kTools);
  std::string json_text;
  for (const StreamEvent& event : events) {
    if (event.name != "content_block_delta" || event.data.at("index") != 1) continue;
    EXPECT_EQ(event.data.at("delta").at("type"), "input_json_delta");
    json_text += event.data.at("delta").at("partial_json").as_string();
  }
  EXPECT_EQ(parse_json(json_text, ""), parse_json(R"({"city":"Ulm"})", ""));
  EXPECT_EQ(events[events.size() - 2].data.at("delta").at("stop_reason"), "tool_use");
}

TEST_F(Messages, ACallThatTheLimitCutsIsABlock) {
  script_.pieces = {"<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"ci"};
  script_.finish_reason = FinishReason::kLength;
  const json::object message = answer(kTools);
  EXPECT_NE(message.at("stop_reason"), "tool_use");
  ASSERT_EQ(message.at("content").as_array().size(), 1U);
  EXPECT_EQ(message.at("content").at(0).at("name"), "weather");
  EXPECT_EQ(message.at("content").at(0).at("input"), json::object());
  std::string json_text;
  for (const StreamEvent& event : stream(kTools)) {
    if (event.name == "content_block_delta") json_text += event.data.at("delta").at("partial_json").as_string();
  }
  EXPECT_EQ(json_text, "{\"ci");
}

TEST_F(Messages, ShowsThinkingToWhoAskedForIt) {
  script_.chat_template = kThinkingTemplate;
  script_.pieces = {"Let me", " see.\n</think>\n\n", "Four."};
  const std::string on = R"("thinking":{"type":"enabled","budget_tokens":1024})";
  const json::object message = answer(on);
  const json::array& content = message.at("content").as_array();
  ASSERT_EQ(content.size(), 2U);
  EXPECT_EQ(content[0].at("type"), "thinking");
  EXPECT_EQ(content[0].at("thinking"), "Let me see.");
  EXPECT_FALSE(content[0].at("signature").as_string().empty());
  EXPECT_EQ(content[1].at("text"), "Four.");
  EXPECT_EQ(parse_json(script_.asked->chat.variables_json, "").at("enable_thinking"), true);

  const auto events = stream(on);
  Names kinds;
  for (const StreamEvent& event : events) {
    if (event.name == "content_block_delta") kinds.emplace_back(event.data.at("delta").at("type").as_string());
  }
  EXPECT_EQ(kinds, (Names{"thinking_delta", "thinking_delta", "signature_delta", "text_delta"}));
}

TEST_F(Messages, WithholdsThinkingOrLeavesItOut) {
  script_.chat_template = kThinkingTemplate;
  script_.pieces = {"Let me see.\n</think>\n\nFour."};
  const json::array omitted = answer(R"("thinking":{"type":"adaptive","display":"omitted"})").at("content").as_array();
  ASSERT_EQ(omitted.size(), 2U);
  EXPECT_EQ(omitted[0].at("thinking"), "");

  // Nobody asked for it: the model is told not to think. One that does all the same is not shown thinking.
  script_.pieces = {"Four."};
  EXPECT_EQ(answer().at("content"), parse_json(R"([{"type":"text","text":"Four."}])", ""));
  EXPECT_EQ(parse_json(script_.asked->chat.variables_json, "").at("enable_thinking"), false);
  script_.pieces = {"<think>\nHm.\n</think>\n\nFour."};
  EXPECT_EQ(answer(R"("thinking":{"type":"disabled"})").at("content"),
            parse_json(R"([{"type":"text","text":"Four."}])", ""));
}

TEST_F(Messages, GoesOnWithWhatTheAssistantHasBegun) {
  script_.pieces = {"B)"};
  const std::string body = R"({"model":"parrot","max_tokens":9,"messages":[{"role":"user","content":"Sun?"},
    {"role":"assistant","content":"It is ("}]})";
  const auto exchange = post("/v1/messages", body);
  EXPECT_EQ(body_of(*exchange).at("content").at(0).at("text"), "B)");
  EXPECT_TRUE(script_.asked->messages.empty());
  const std::string prompt(script_.asked->prompt_ids.begin(), script_.asked->prompt_ids.end());
  EXPECT_EQ(prompt, "<|im_start|>user\nSun?<|im_end|>\n<|im_start|>assistant\nIt is (");
}

TEST_F(Messages, HoldsTheAnswerToASchema) {
  answer(R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}},"effort":"low"})");
  EXPECT_EQ(script_.asked->constraint.kind, ConstraintKind::kJsonSchema);
  EXPECT_EQ(script_.asked->constraint.text, R"({"type":"object"})");
  EXPECT_EQ(parse_json(script_.asked->chat.variables_json, "").at("reasoning_effort"), "low");
}

// "Prefilling is incompatible with structured outputs", says Anthropic's page about these.
TEST_F(Messages, ASchemaAndTheBeginningOfTheAnswerCannotBothBeGiven) {
  const auto [status, type, message] = error(R"({"model":"parrot","max_tokens":9,"messages":[
    {"role":"user","content":"Hi"},{"role":"assistant","content":"{"}],
    "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}})");
  EXPECT_EQ(status, 400);
  EXPECT_EQ(type, "invalid_request_error");
  EXPECT_TRUE(message.starts_with("messages")) << message;
}

TEST_F(Messages, ObjectsThatListTheirMembersAreClosed) {
  answer(R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{}}}}})");
  EXPECT_EQ(script_.asked->constraint.text, R"({"type":"object","properties":{"a":{}},"additionalProperties":false})");
}

TEST_F(Messages, ChoosesToolsAsAsked) {
  answer(std::string(kTools) + R"(,"tool_choice":{"type":"any"})");
  EXPECT_NE(script_.asked->constraint.kind, ConstraintKind::kNone);
  answer(std::string(kTools) + R"(,"tool_choice":{"type":"none"})");
  EXPECT_EQ(script_.asked->constraint.kind, ConstraintKind::kNone);
  expect_refused(std::string(kTools) + R"(,"tool_choice":{"type":"tool","name":"clock"})", "tool_choice");
}

TEST_F(Messages, CountsTokensAsTheModelWouldReadThem) {
  const auto exchange = post("/v1/messages/count_tokens",
                             R"({"model":"parrot","system":"S","messages":[{"role":"user","content":"Hi"}]})");
  EXPECT_EQ(exchange->status(), 200) << exchange->body();
  const std::string prompt = "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
  EXPECT_EQ(body_of(*exchange), json::value(json::object{{"input_tokens", prompt.size()}}));
}

TEST_F(Messages, RefusesWrongFieldsByTheirNames) {
  const auto [status, type, message] = error(R"({"model":"parrot","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(status, 400);
  EXPECT_EQ(type, "invalid_request_error");
  EXPECT_EQ(message, "max_tokens is missing");
  EXPECT_EQ(std::get<0>(error("{")), 400);
  EXPECT_EQ(std::get<0>(error(R"({"max_tokens":1,"messages":[{"role":"user","content":"x"}]})")), 400);
  expect_refused(R"("temperature":1.5)", "temperature");
  expect_refused(R"("temperature":"hot")", "temperature");
  expect_refused(R"("top_k":-1)", "top_k");
  expect_refused(R"("top_p":2)", "top_p");
  expect_refused(R"("stop_sequences":"END")", "stop_sequences");
  expect_refused(R"("stop_sequences":[1])", "stop_sequences[0]");
  expect_refused(R"("thinking":{"type":"enabled"})", "thinking.budget_tokens");
  expect_refused(R"("thinking":{"type":"enabled","budget_tokens":10})", "thinking.budget_tokens");
  expect_refused(R"("thinking":{"type":"enabled","budget_tokens":2048})", "thinking.budget_tokens");
  expect_refused(R"("thinking":{"type":"deep"})", "thinking.type");
  expect_refused(R"("output_config":{"format":{"type":"xml"}})", "output_config.format.type");
  expect_refused(R"("tools":[{"name":"a b","input_schema":{}}])", "tools[0].name");
  expect_refused(R"("stream":1)", "stream");
}

TEST_F(Messages, AnUnknownModelIsNotFound) {
  const auto [status, type, message] =
      error(R"({"model":"nobody","max_tokens":1,"messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(status, 404);
  EXPECT_EQ(type, "not_found_error");
}

TEST_F(Messages, FailuresBeforeAndInAStream) {
  script_.refusal = std::make_exception_ptr(Error(ErrorCode::kContextLimit, "5000 tokens; it holds 4096"));
  auto exchange = post("/v1/messages", request(R"("stream":true)"));
  EXPECT_EQ(exchange->status(), 400);
  EXPECT_EQ(body_of(*exchange).at("error").at("type"), "invalid_request_error");

  script_.refusal = nullptr;
  script_.pieces = {"Hel"};
  script_.failure = std::make_exception_ptr(Error(ErrorCode::kTimeout, "too slow"));
  const auto events = stream();
  EXPECT_EQ(names_of(events), (Names{"message_start", "content_block_start", "ping", "content_block_delta", "error"}));
  EXPECT_EQ(events.back().data,
            parse_json(R"({"type":"error","error":{"type":"timeout_error","message":"too slow"}})", ""));
}

}  // namespace
}  // namespace hearth
