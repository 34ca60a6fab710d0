#include "server/api/responses/response_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "server/api/chat_fields.h"
#include "server/api/responses/fit_conversation.h"
#include "server/api/responses/response_items.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

constexpr std::int64_t kMostTokens = std::numeric_limits<std::int32_t>::max();

/// What cannot be done here, each with what to do instead.
void refuse_unsupported(const RequestFields& fields) {
  if (fields.boolean("background").value_or(false))
    throw bad_field("background", "background is not supported; ask for a stream instead");
  if (fields.has("conversation"))
    throw bad_field("conversation", "conversation is not supported; use previous_response_id instead");
  if (fields.has("prompt")) throw bad_field("prompt", "prompt is not supported; use instructions and input instead");
}

Constraint read_text_format(const RequestFields& fields, std::size_t most_bytes) {
  Constraint constraint;
  const json::object* text = fields.object("text");
  if (text == nullptr) return constraint;
  const RequestFields settings = fields.child("text", *text);
  const json::object* object = settings.object("format");
  if (object == nullptr) return constraint;
  const RequestFields format = settings.child("format", *object);
  const std::string type = format.required_string("type");
  if (type == "text") return constraint;
  if (type == "json_object") {
    constraint.kind = ConstraintKind::kJson;
    return constraint;
  }
  if (type != "json_schema") {
    throw bad_field(format.param("type"), fmt::format("{} is '{}'; it must be text, json_object or json_schema",
                                                      format.param("type"), type.substr(0, 40)));
  }
  const json::object* schema = format.object("schema");
  if (schema == nullptr) throw bad_field(format.param("schema"), fmt::format("{} is missing", format.param("schema")));
  return schema_constraint(*schema, format.param("schema"), most_bytes);
}

void check_metadata(const RequestFields& fields) {
  constexpr std::size_t kMostPairs = 16, kLongestKey = 64, kLongestValue = 512;  // as OpenAI's API
  const json::object* metadata = fields.object("metadata");
  if (metadata == nullptr) return;
  if (metadata->size() > kMostPairs) {
    throw bad_field("metadata",
                    fmt::format("metadata has {} entries; at most {} are allowed", metadata->size(), kMostPairs));
  }
  for (const auto& [key, value] : *metadata) {
    if (!value.is_string() || value.get_string().size() > kLongestValue || key.size() > kLongestKey) {
      throw bad_field("metadata", fmt::format("metadata: '{}' must be a string of at most {} bytes under a key of at "
                                              "most {}",
                                              std::string(std::string_view(key).substr(0, kLongestKey)), kLongestValue,
                                              kLongestKey));
    }
  }
}

void read_reasoning(const RequestFields& fields, ResponseCall& call) {
  json::object variables;
  if (const json::object* object = fields.object("reasoning")) {
    const RequestFields reasoning = fields.child("reasoning", *object);
    if (const auto effort = reasoning.string("effort")) {
      variables["reasoning_effort"] = *effort;
      if (*effort == "none") variables["enable_thinking"] = false;
    }
    call.summarise_reasoning = reasoning.string("summary").has_value() || reasoning.has("generate_summary");
  }
  if (const json::object* more = fields.object("chat_template_kwargs"))
    for (const auto& [key, value] : *more) variables[key] = value;
  if (!variables.empty()) call.variables_json = json::serialize(variables);
}

void read_logprobs(const RequestFields& fields, ResponseCall& call) {
  constexpr std::size_t kMostIncluded = 32;
  const std::vector<std::string> include = fields.strings("include", kMostIncluded);
  const auto top = fields.integer("top_logprobs", 0, 20);
  const bool is_included = std::find(include.begin(), include.end(), "message.output_text.logprobs") != include.end();
  if (is_included || top.value_or(0) > 0) call.logprobs = static_cast<std::int32_t>(top.value_or(0));
}

/// The items of an earlier response: its input and its output.
void add_stored(const StoredResponse& stored, ItemMessages& messages) {
  const json::value input = parse_json(stored.input, "a kept response", kDeepestKept),
                    response = parse_json(stored.response, "a kept response", kDeepestKept);
  for (const json::array* items : {&input.as_array(), &response.as_object().at("output").as_array()}) {
    for (const json::value& item : *items)
      messages.add(RequestFields(item.as_object(), fmt::format("previous_response_id ({})", stored.id)));
  }
}

std::vector<ChatMessage> conversation(const ResponseCall& call, const RequestFields& fields, ResponseStore& store,
                                      const std::string& owner) {
  ItemMessages messages;
  if (const auto instructions = fields.string("instructions"); instructions && !instructions->empty()) {
    const json::object item{{"type", "message"}, {"role", "system"}, {"content", *instructions}};
    messages.add(RequestFields(item, "instructions"));
  }
  if (!call.previous.empty()) {
    try {
      for (const auto& stored : store.conversation(call.previous, owner)) add_stored(*stored, messages);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      throw bad_field("previous_response_id",
                      fmt::format("previous_response_id: {}; send the whole conversation as input", error.message()),
                      "previous_response_not_found");
    }
  }
  for (std::size_t i = 0; i < call.input.size(); ++i) messages.add(fields.item("input", i, call.input[i]));
  return messages.take();
}

json::value or_null(const RequestFields& fields, std::string_view key) {
  const json::value* value = fields.find(key);
  return value == nullptr ? json::value(nullptr) : *value;
}

json::value or_else(const RequestFields& fields, std::string_view key, const json::value& other) {
  const json::value* value = fields.find(key);
  return value == nullptr ? other : *value;
}

}  // namespace

ResponseCall read_response_call(json::object body, const ApiLimits& limits, ResponseStore& store,
                                const std::string& owner) {
  ResponseCall call;
  call.body = std::move(body);
  const RequestFields fields(call.body);
  call.model = fields.required_string("model");
  refuse_unsupported(fields);
  call.previous = fields.string("previous_response_id").value_or("");
  call.input = read_input_items(fields, limits.max_messages, store, owner);
  call.messages = conversation(call, fields, store, owner);
  if (call.messages.empty()) throw bad_field("input", "input is empty; at least one message is needed");
  if (call.messages.size() > limits.max_messages) {
    throw bad_field("previous_response_id", fmt::format("the conversation has {} messages; at most {} are allowed",
                                                        call.messages.size(), limits.max_messages));
  }
  call.tools = read_response_tools(fields);
  call.constraint = read_text_format(fields, limits.max_constraint);
  if (const auto most = fields.integer("max_output_tokens", 1, kMostTokens)) call.max_tokens = *most;
  check_metadata(fields);
  read_reasoning(fields, call);
  read_logprobs(fields, call);
  const std::string truncation = fields.string("truncation").value_or("disabled");
  if (truncation != "disabled" && truncation != "auto")
    throw bad_field("truncation", "truncation must be disabled or auto");
  call.drop_oldest = truncation == "auto";
  call.priority = asked_priority(fields);
  call.store = fields.boolean("store").value_or(true);
  call.stream = fields.boolean("stream").value_or(false);
  SamplingParams unused;
  read_sampling(fields, unused);
  return call;
}

ReadyChat ready_response(const Lease& lease, const ResponseCall& call) {
  ChatCall chat;
  chat.request = default_request(lease);
  chat.request.messages = call.messages;
  read_sampling(RequestFields(call.body), chat.request.sampling);
  chat.request.max_tokens = call.max_tokens;
  chat.request.constraint = call.constraint;
  chat.request.logprobs = call.logprobs;
  chat.request.chat.variables_json = call.variables_json;
  chat.tools = call.tools;
  if (call.drop_oldest) return fit_conversation(lease, chat);
  return ready_chat(lease, std::move(chat));
}

json::object response_settings(const ResponseCall& call) {
  const RequestFields fields(call.body);
  const auto is_text = [&] {
    const json::object* text = fields.object("text");
    return text == nullptr || RequestFields(*text).find("format") == nullptr;
  };
  json::object settings;
  settings["instructions"] = or_null(fields, "instructions");
  settings["max_output_tokens"] = or_null(fields, "max_output_tokens");
  settings["max_tool_calls"] = or_null(fields, "max_tool_calls");
  settings["metadata"] = or_else(fields, "metadata", json::object());
  settings["parallel_tool_calls"] = call.tools.parallel;
  settings["previous_response_id"] = or_null(fields, "previous_response_id");
  settings["prompt_cache_key"] = or_null(fields, "prompt_cache_key");
  settings["reasoning"] = or_else(fields, "reasoning", json::object{{"effort", nullptr}, {"summary", nullptr}});
  settings["safety_identifier"] = or_null(fields, "safety_identifier");
  settings["service_tier"] = "default";
  settings["store"] = call.store;
  settings["temperature"] = or_null(fields, "temperature");
  settings["text"] = or_else(fields, "text", json::object());
  if (is_text()) settings["text"].as_object()["format"] = json::object{{"type", "text"}};
  settings["tool_choice"] = or_else(fields, "tool_choice", "auto");
  settings["tools"] = or_else(fields, "tools", json::array());
  settings["top_logprobs"] = std::max(call.logprobs, 0);
  settings["top_p"] = or_null(fields, "top_p");
  settings["truncation"] = call.drop_oldest ? "auto" : "disabled";
  settings["user"] = or_null(fields, "user");
  settings["background"] = false;
  return settings;
}

}  // namespace hearth
