// The Responses API as a client sees it, with a model that says what the test tells it to. What is expected is what
// OpenAI's reference (platform.openai.com/docs/api-reference/responses, …/responses-streaming) says.
#include <gtest/gtest.h>

#include "server/api/responses/responses_api.h"
#include "server/api/testing/api_house.h"

namespace hearth {
namespace {

using hearth::testing::StreamEvent;
using Names = std::vector<std::string>;

constexpr const char* kTools =
    R"("tools":[{"type":"function","name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}])";
constexpr const char* kThinkingTemplate =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n"
    "</think>\n{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "<think>\n{% endif %}";

class Responses : public hearth::testing::ApiHouse {
 protected:
  Responses() { add_responses_routes(router_, *context_); }

  static std::string request(const std::string& more = {}, const std::string& input = R"("Hi")") {
    return R"({"model":"parrot","input":)" + input + (more.empty() ? "" : "," + more) + "}";
  }
  json::object answer(const std::string& more = {}, const std::string& input = R"("Hi")") {
    const auto exchange = post("/v1/responses", request(more, input));
    EXPECT_EQ(exchange->status(), 200) << exchange->body();
    return body_of(*exchange).as_object();
  }
  std::vector<StreamEvent> stream(const std::string& more = {}) {
    const auto exchange = post("/v1/responses", request(R"("stream":true)" + (more.empty() ? "" : "," + more)));
    EXPECT_EQ(exchange->content_type(), "text/event-stream; charset=utf-8") << exchange->body();
    return events_of(*exchange);
  }
  static std::string id_of(const json::object& response) { return std::string(response.at("id").as_string()); }
  static void expect_error(const hearth::testing::RecordedExchange& exchange, int status, const std::string& param,
                           const std::string& code = {}) {
    EXPECT_EQ(exchange.status(), status) << exchange.body();
    const json::value answer = body_of(exchange);
    const json::object& error = answer.at("error").as_object();
    EXPECT_EQ(error.at("param"), param.empty() ? json::value(nullptr) : json::value(param)) << exchange.body();
    if (!code.empty()) {
      EXPECT_EQ(error.at("code"), json::value(code));
    }
  }
  void expect_refused(const std::string& body, const std::string& param) {
    expect_error(*post("/v1/responses", body), 400, param);
  }
  /// "role:content" of what the model was asked.
  Names asked() const {
    Names messages;
    for (const ChatMessage& message : script_.asked->messages) messages.push_back(message.role + ":" + message.content);
    return messages;
  }
};

TEST_F(Responses, AnswersWithAResponse) {
  script_.pieces = {"Hello", " there"};
  script_.reused_tokens = 3;
  const json::object response = answer(R"("metadata":{"a":"b"},"temperature":0.5,"max_output_tokens":99)");
  EXPECT_TRUE(response.at("id").as_string().starts_with("resp_"));
  EXPECT_EQ(response.at("object"), "response");
  EXPECT_EQ(response.at("status"), "completed");
  EXPECT_EQ(response.at("model"), "parrot");
  EXPECT_TRUE(response.at("error").is_null());
  EXPECT_TRUE(response.at("incomplete_details").is_null());
  EXPECT_EQ(response.at("metadata"), parse_json(R"({"a":"b"})", ""));
  EXPECT_EQ(response.at("temperature"), 0.5);
  EXPECT_EQ(response.at("max_output_tokens"), 99);
  EXPECT_EQ(response.at("text"), parse_json(R"({"format":{"type":"text"}})", ""));
  EXPECT_EQ(response.at("tool_choice"), "auto");
  EXPECT_EQ(response.at("parallel_tool_calls"), true);
  EXPECT_EQ(response.at("truncation"), "disabled");
  const json::array& output = response.at("output").as_array();
  ASSERT_EQ(output.size(), 1U);
  EXPECT_EQ(output[0].at("type"), "message");
  EXPECT_EQ(output[0].at("role"), "assistant");
  EXPECT_EQ(output[0].at("status"), "completed");
  EXPECT_EQ(output[0].at("content"),
            parse_json(R"([{"type":"output_text","text":"Hello there","annotations":[],"logprobs":[]}])", ""));
  const json::object& usage = response.at("usage").as_object();
  EXPECT_EQ(usage.at("input_tokens_details").at("cached_tokens"), 3);
  EXPECT_EQ(usage.at("output_tokens"), 11);
  EXPECT_EQ(usage.at("total_tokens").as_int64(), usage.at("input_tokens").as_int64() + 11);
  EXPECT_EQ(script_.asked->max_tokens, 99);
  EXPECT_EQ(script_.asked->sampling.temperature, 0.5F);
}

TEST_F(Responses, StreamsTypedEventsInOrder) {
  script_.pieces = {"Hello", " there"};
  const auto events = stream();
  EXPECT_EQ(names_of(events), (Names{"response.created", "response.in_progress", "response.output_item.added",
                                     "response.content_part.added", "response.output_text.delta",
                                     "response.output_text.delta", "response.output_text.done",
                                     "response.content_part.done", "response.output_item.done", "response.completed"}));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].data.at("type"), json::value(events[i].name));
    EXPECT_EQ(events[i].data.at("sequence_number"), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(events[0].data.at("response").at("status"), "in_progress");
  EXPECT_TRUE(events[0].data.at("response").at("output").as_array().empty());
  const json::value& item = events[2].data.at("item");
  EXPECT_EQ(item.at("status"), "in_progress");
  for (std::size_t i = 3; i < 8; ++i) {
    EXPECT_EQ(events[i].data.at("item_id"), item.at("id"));
    EXPECT_EQ(events[i].data.at("output_index"), 0);
    EXPECT_EQ(events[i].data.at("content_index"), 0);
  }
  EXPECT_EQ(events[5].data.at("delta"), " there");
  EXPECT_EQ(events[6].data.at("text"), "Hello there");
  EXPECT_EQ(events[8].data.at("item").at("status"), "completed");
  const json::value& last = events[9].data.at("response");
  EXPECT_EQ(last.at("status"), "completed");
  EXPECT_EQ(last.at("output").at(0), events[8].data.at("item"));
  EXPECT_EQ(last.at("id"), events[0].data.at("response").at("id"));
}

TEST_F(Responses, WhatHasNoRoomIsIncomplete) {
  script_.pieces = {"Hello"};
  script_.finish_reason = FinishReason::kLength;
  const json::object response = answer();
  EXPECT_EQ(response.at("status"), "incomplete");
  EXPECT_EQ(response.at("incomplete_details").at("reason"), "max_output_tokens");
  EXPECT_EQ(response.at("output").at(0).at("status"), "incomplete");
  EXPECT_EQ(stream().back().name, "response.incomplete");
}

TEST_F(Responses, GivesCallsAsItems) {
  script_.pieces = {"<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Ulm\"}}\n</tool_call>"};
  const json::object response = answer(kTools);
  const json::array& output = response.at("output").as_array();
  ASSERT_EQ(output.size(), 1U);
  EXPECT_EQ(output[0].at("type"), "function_call");
  EXPECT_EQ(output[0].at("name"), "weather");
  EXPECT_TRUE(output[0].at("call_id").as_string().starts_with("call_"));
  EXPECT_EQ(parse_json(output[0].at("arguments").as_string(), ""), parse_json(R"({"city":"Ulm"})", ""));
  EXPECT_EQ(response.at("tools").as_array().size(), 1U);

  const auto events = stream(kTools);
  EXPECT_EQ(names_of(events), (Names{"response.created", "response.in_progress", "response.output_item.added",
                                     "response.function_call_arguments.delta", "response.function_call_arguments.done",
                                     "response.output_item.done", "response.completed"}));
  EXPECT_EQ(events[2].data.at("item").at("arguments"), "");
  EXPECT_EQ(events[4].data.at("arguments"), events[3].data.at("delta"));
  EXPECT_EQ(events[4].data.at("name"), "weather");
}

TEST_F(Responses, GivesReasoningAsContentOrAsItsSummary) {
  script_.chat_template = kThinkingTemplate;
  script_.pieces = {"Let me see.\n</think>\n\nFour."};
  json::object response = answer();
  ASSERT_EQ(response.at("output").as_array().size(), 2U);
  const json::value& raw = response.at("output").at(0);
  EXPECT_EQ(raw.at("type"), "reasoning");
  EXPECT_TRUE(raw.at("summary").as_array().empty());
  EXPECT_EQ(raw.at("content"), parse_json(R"([{"type":"reasoning_text","text":"Let me see."}])", ""));
  EXPECT_EQ(response.at("output").at(1).at("content").at(0).at("text"), "Four.");
  EXPECT_EQ(response.at("usage").at("output_tokens_details").at("reasoning_tokens"), 11);

  Names names = names_of(stream());
  names.resize(7);
  EXPECT_EQ(names, (Names{"response.created", "response.in_progress", "response.output_item.added",
                          "response.content_part.added", "response.reasoning_text.delta",
                          "response.reasoning_text.done", "response.content_part.done"}));

  const std::string summary = R"("reasoning":{"effort":"high","summary":"auto"})";
  response = answer(summary);
  EXPECT_EQ(response.at("output").at(0).at("summary"),
            parse_json(R"([{"type":"summary_text","text":"Let me see."}])", ""));
  EXPECT_EQ(parse_json(script_.asked->chat.variables_json, "").at("reasoning_effort"), "high");
  names = names_of(stream(summary));
  names.resize(7);
  EXPECT_EQ(names, (Names{"response.created", "response.in_progress", "response.output_item.added",
                          "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
                          "response.reasoning_summary_text.done", "response.reasoning_summary_part.done"}));
}

TEST_F(Responses, ACallThatTheLimitCutsIsIncomplete) {
  script_.pieces = {"<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"ci"};
  script_.finish_reason = FinishReason::kLength;
  const json::object response = answer(kTools);
  EXPECT_EQ(response.at("status"), "incomplete");
  const json::value& call = response.at("output").at(0);
  EXPECT_EQ(call.at("type"), "function_call");
  EXPECT_EQ(call.at("status"), "incomplete");
  EXPECT_EQ(call.at("arguments"), "{\"ci");
  // Who goes on with it may do so.
  script_.finish_reason = FinishReason::kStop;
  answer(R"("previous_response_id":")" + id_of(response) + '"', R"("Again.")");
}

TEST_F(Responses, TakesItemsAsInput) {
  script_.chat_template = kThinkingTemplate;
  answer(R"("instructions":"Be brief.")", R"([
    {"role":"developer","content":"German only."},
    {"role":"user","content":[{"type":"input_text","text":"Wetter?"}]},
    {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Look."}]},
    {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Moment."}]},
    {"type":"function_call","call_id":"call_1","name":"weather","arguments":"{\"city\":\"Ulm\"}"},
    {"type":"function_call_output","call_id":"call_1","output":"rain"}])");
  const auto& messages = script_.asked->messages;
  ASSERT_GE(messages.size(), 3U);
  EXPECT_EQ(messages[0].role, "system");
  EXPECT_TRUE(messages[0].content.starts_with("Be brief.\n\nGerman only."));
  EXPECT_EQ(messages[1].content, "Wetter?");
  EXPECT_EQ(messages[2].role, "assistant");
  EXPECT_EQ(messages[2].reasoning, "Look.");
  EXPECT_TRUE(messages[2].content.starts_with("Moment."));
  const bool has_result = std::any_of(messages.begin(), messages.end(), [](const ChatMessage& message) {
    return message.content.find("rain") != std::string::npos;
  });
  EXPECT_TRUE(has_result);
}

TEST_F(Responses, TakesReferencesToItemsThatItKeeps) {
  script_.pieces = {"Hello."};
  const json::object first = answer();
  const std::string item(first.at("output").as_array().at(0).at("id").as_string());
  script_.pieces = {"Fine."};
  // The type may be left out.
  for (const std::string type : {R"("type":"item_reference",)", ""}) {
    const json::object second = answer("", R"([{"role":"user","content":"Hi"},{)" + type + R"("id":")" + item +
                                               R"("},{"role":"user","content":"More"}])");
    EXPECT_EQ(asked(), (Names{"user:Hi", "assistant:Hello.", "user:More"}));
    const json::value items = body_of(*send("GET", "/v1/responses/" + id_of(second) + "/input_items?order=asc", ""));
    EXPECT_EQ(items.at("data").at(1).at("id"), json::value(item));
    EXPECT_EQ(items.at("data").at(1).at("type"), "message");
  }
  const std::string reference =
      R"([{"type":"item_reference","id":")" + item + R"("},{"role":"user","content":"More"}])";
  expect_refused(request("", R"([{"id":")" + item + R"("},{"id":")" + item + R"("}])"), "input[1].id");
  const auto strange = send("POST", "/v1/responses", request("", reference), "other");
  expect_error(*strange, 404, "input[0].id", "item_not_found");
  EXPECT_EQ(send("DELETE", "/v1/responses/" + id_of(first), "")->status(), 200);
  expect_error(*post("/v1/responses", request("", reference)), 404, "input[0].id", "item_not_found");
}

TEST_F(Responses, GoesOnWithAnEarlierResponse) {
  script_.pieces = {"Hello."};
  const std::string first = id_of(answer(R"("instructions":"Be brief.")"));
  script_.pieces = {"Fine."};
  const json::object second = answer(R"("previous_response_id":")" + first + '"', R"("How are you?")");
  EXPECT_EQ(second.at("previous_response_id"), json::value(first));
  // Instructions are of one response only.
  EXPECT_EQ(asked(), (Names{"user:Hi", "assistant:Hello.", "user:How are you?"}));
  answer(R"("previous_response_id":")" + id_of(second) + '"', R"("Good.")");
  EXPECT_EQ(asked(), (Names{"user:Hi", "assistant:Hello.", "user:How are you?", "assistant:Fine.", "user:Good."}));

  expect_error(*post("/v1/responses", request(R"("previous_response_id":"resp_none")")), 400, "previous_response_id",
               "previous_response_not_found");
}

TEST_F(Responses, KeepsCallsForTheirOutputs) {
  script_.pieces = {"<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Ulm\"}}\n</tool_call>"};
  const json::object first = answer(kTools);
  const std::string call(first.at("output").at(0).at("call_id").as_string());
  script_.pieces = {"It rains."};
  const json::object second =
      answer(std::string(kTools) + R"(,"previous_response_id":")" + id_of(first) + '"',
             R"([{"type":"function_call_output","call_id":")" + call + R"(","output":"rain"}])");
  EXPECT_EQ(second.at("output").at(0).at("content").at(0).at("text"), "It rains.");
}

TEST_F(Responses, ShowsDeletesAndListsWhatIsKept) {
  script_.pieces = {"Hello."};
  const json::object response = answer(
      "",
      R"([{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"three"}])");
  const std::string path = "/v1/responses/" + id_of(response);
  EXPECT_EQ(body_of(*send("GET", path, "")), json::value(response));

  const json::value items = body_of(*send("GET", path + "/input_items?limit=2", ""));
  EXPECT_EQ(items.at("object"), "list");
  EXPECT_EQ(items.at("has_more"), true);
  ASSERT_EQ(items.at("data").as_array().size(), 2U);
  EXPECT_EQ(items.at("data").at(0).at("content").at(0).at("text"), "three");  // the newest first
  EXPECT_EQ(items.at("first_id"), items.at("data").at(0).at("id"));
  const std::string last(items.at("last_id").as_string());
  const json::value rest = body_of(*send("GET", path + "/input_items?after=" + last, ""));
  ASSERT_EQ(rest.at("data").as_array().size(), 1U);
  EXPECT_EQ(rest.at("has_more"), false);
  EXPECT_EQ(rest.at("data").at(0).at("content").at(0).at("text"), "one");
  EXPECT_EQ(body_of(*send("GET", path + "/input_items?order=asc", "")).at("data").at(0), rest.at("data").at(0));
  expect_error(*send("GET", path + "/input_items?limit=0", ""), 400, "limit");
  expect_error(*send("GET", path + "/input_items?limit=x", ""), 400, "limit");
  expect_error(*send("GET", path + "/input_items?order=up", ""), 400, "order");
  expect_error(*send("GET", path + "/input_items?after=msg_x", ""), 400, "after");
  expect_error(*send("GET", path + "?stream=true", ""), 400, "stream");
  expect_error(*send("POST", path + "/cancel", ""), 400, "response_id");

  EXPECT_EQ(send("GET", path, "", "somebody")->status(), 404);
  EXPECT_EQ(body_of(*send("DELETE", path, "")).at("deleted"), true);
  for (const auto& [method, behind] : std::vector<std::pair<std::string, std::string>>{
           {"GET", ""}, {"DELETE", ""}, {"POST", "/cancel"}, {"GET", "/input_items"}}) {
    expect_error(*send(method, path + behind, ""), 404, "response_id", "response_not_found");
  }
}

TEST_F(Responses, DoesNotKeepWhatShallNotBeKept) {
  script_.pieces = {"Hello."};
  const json::object response = answer(R"("store":false)");
  EXPECT_EQ(response.at("store"), false);
  EXPECT_EQ(send("GET", "/v1/responses/" + id_of(response), "")->status(), 404);
}

TEST_F(Responses, HoldsTheAnswerToAFormat) {
  answer(R"("text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}},"verbosity":"low"})");
  EXPECT_EQ(script_.asked->constraint.kind, ConstraintKind::kJsonSchema);
  EXPECT_EQ(script_.asked->constraint.text, R"({"type":"object"})");
  answer(R"("text":{"format":{"type":"json_object"}})");
  EXPECT_EQ(script_.asked->constraint.kind, ConstraintKind::kJson);
}

TEST_F(Responses, GivesProbabilitiesWithTheText) {
  script_.pieces = {"ab", "c"};
  const json::object response = answer(R"("include":["message.output_text.logprobs"],"top_logprobs":0)");
  const json::array& logprobs = response.at("output").at(0).at("content").at(0).at("logprobs").as_array();
  ASSERT_EQ(logprobs.size(), 3U);
  EXPECT_EQ(logprobs[2].at("token"), "c");
  EXPECT_EQ(logprobs[2].at("logprob"), -0.5);
}

TEST_F(Responses, CutsTheBeginningOnlyForWhoAsksForIt) {
  script_.context = 400;
  script_.pieces = {"ok"};
  std::string items = R"([{"role":"system","content":"S"})";
  for (int i = 0; i < 20; ++i)
    items +=
        R"(,{"role":"user","content":"question )" + std::to_string(i) + R"("},{"role":"assistant","content":"yes"})";
  items += R"(,{"role":"user","content":"last"}])";
  expect_error(*post("/v1/responses", request("", items)), 400, "input", "context_length_exceeded");
  answer(R"("truncation":"auto","max_output_tokens":100)", items);
  const Names messages = asked();
  EXPECT_EQ(messages.front(), "system:S");
  EXPECT_EQ(messages.back(), "user:last");
  EXPECT_TRUE(messages[1].starts_with("user:")) << messages[1];
  ASSERT_GE(messages.size(), 4U);
  const std::size_t size = hearth::testing::ScriptedModel(script_).prompt_tokens(*script_.asked).size();
  EXPECT_LE(size, 300U);
  EXPECT_GT(size, 200U);  // one more turn would not have fitted: each has less than 100 bytes
}

TEST_F(Responses, CountsTokens) {
  const auto exchange = post("/v1/responses/input_tokens", request());
  EXPECT_EQ(
      body_of(*exchange),
      json::value({{"object", "response.input_tokens"},
                   {"input_tokens", std::string("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n").size()}}));
}

TEST_F(Responses, RefusesWrongFieldsByTheirNames) {
  expect_refused(R"({"input":"x"})", "model");
  expect_refused(R"({"model":"parrot"})", "input");
  expect_refused(request("", "[]"), "input");
  expect_refused(request("", "7"), "input");
  expect_refused(request("", R"([{"role":"user"}])"), "input[0].content");
  expect_refused(request("", R"([{"role":"king","content":"x"}])"), "input[0].role");
  expect_refused(request("", R"([{"content":"x"}])"), "input[0].type");
  expect_refused(request("", R"([{"type":"web_search_call","id":"x"}])"), "input[0].type");
  expect_refused(request("", R"([{"type":"item_reference"}])"), "input[0].id");
  expect_refused(request("", R"([{"role":"user","id":7,"content":"x"}])"), "input[0].id");
  expect_refused(request("", R"([{"role":"user","content":[{"type":"input_image","image_url":"x"}]}])"),
                 "input[0].content[0].type");
  expect_refused(request("", R"([{"type":"function_call_output","call_id":"c","output":"x"}])"), "input[0].call_id");
  expect_refused(request(R"("background":true)"), "background");
  expect_refused(request(R"("conversation":"conv_1")"), "conversation");
  expect_refused(request(R"("prompt":{"id":"p"})"), "prompt");
  expect_refused(request(R"("truncation":"some")"), "truncation");
  expect_refused(request(R"("max_output_tokens":0)"), "max_output_tokens");
  expect_refused(request(R"("temperature":"x")"), "temperature");
  expect_refused(request(R"("text":{"format":{"type":"xml"}})"), "text.format.type");
  expect_refused(request(R"("text":{"format":{"type":"json_schema"}})"), "text.format.schema");
  expect_refused(request(R"("metadata":{"a":1})"), "metadata");
  expect_refused(request(R"("top_logprobs":21)"), "top_logprobs");
  expect_refused(request(R"("tools":[{"type":"web_search"}])"), "tools[0].type");
  expect_refused(request(R"("store":"yes")"), "store");
}

TEST_F(Responses, FailuresBeforeAndInAStream) {
  EXPECT_EQ(post("/v1/responses", R"({"model":"nobody","input":"x","stream":true})")->status(), 404);
  script_.pieces = {"Hel"};
  script_.failure = std::make_exception_ptr(Error(ErrorCode::kTimeout, "too slow"));
  const auto events = stream();
  EXPECT_EQ(events.back().name, "response.failed");
  const json::value& failed = events.back().data.at("response");
  EXPECT_EQ(failed.at("status"), "failed");
  EXPECT_EQ(failed.at("error"), parse_json(R"({"code":"server_error","message":"too slow"})", ""));
}

}  // namespace
}  // namespace hearth
