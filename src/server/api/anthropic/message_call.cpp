#include "server/api/anthropic/message_call.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "server/api/chat_fields.h"
#include "server/api/sampling_fields.h"

namespace hearth {
namespace {

constexpr std::int64_t kLeastThinking = 1024;  // as Anthropic's API
constexpr std::int64_t kMostTokens = std::numeric_limits<std::int32_t>::max();

Thinking read_thinking(const RequestFields& fields, std::int64_t max_tokens) {
  const json::object* object = fields.object("thinking");
  if (object == nullptr) return Thinking::kOff;
  const RequestFields thinking = fields.child("thinking", *object);
  const std::string type = thinking.required_string("type");
  if (type == "disabled") return Thinking::kOff;
  if (type == "enabled") {
    const auto budget = thinking.integer("budget_tokens", kLeastThinking);
    if (!budget) {
      throw bad_field(thinking.param("budget_tokens"), fmt::format("{} is missing", thinking.param("budget_tokens")),
                      "missing_required_parameter");
    }
    if (max_tokens >= 0 && *budget >= max_tokens) {
      throw bad_field(thinking.param("budget_tokens"),
                      fmt::format("{} is {}; it must be less than max_tokens, which is {}",
                                  thinking.param("budget_tokens"), *budget, max_tokens));
    }
  } else if (type != "adaptive") {
    throw bad_field(thinking.param("type"), fmt::format("{} is '{}'; it must be enabled, adaptive or disabled",
                                                        thinking.param("type"), type.substr(0, 40)));
  }
  const std::string display = thinking.string("display").value_or("summarized");
  if (display != "summarized" && display != "omitted") {
    throw bad_field(thinking.param("display"),
                    fmt::format("{} must be summarized or omitted", thinking.param("display")));
  }
  return display == "omitted" ? Thinking::kWithheld : Thinking::kShown;
}

Constraint read_output_format(const RequestFields& config, std::size_t most_bytes) {
  const json::object* object = config.object("format");
  if (object == nullptr) return {};
  const RequestFields format = config.child("format", *object);
  if (const std::string type = format.required_string("type"); type != "json_schema") {
    throw bad_field(format.param("type"),
                    fmt::format("{} is '{}'; it must be json_schema", format.param("type"), type.substr(0, 40)));
  }
  const json::object* schema = format.object("schema");
  if (schema == nullptr) throw bad_field(format.param("schema"), fmt::format("{} is missing", format.param("schema")));
  return schema_constraint(*schema, format.param("schema"), most_bytes);
}

void read_config(const RequestFields& fields, std::size_t most_bytes, MessageCall& call) {
  json::object variables;
  variables["enable_thinking"] = call.thinking != Thinking::kOff;  // what Qwen's and others' templates know
  if (const json::object* object = fields.object("output_config")) {
    const RequestFields config = fields.child("output_config", *object);
    call.constraint = read_output_format(config, most_bytes);
    if (const auto effort = config.string("effort")) variables["reasoning_effort"] = *effort;
  }
  call.variables_json = json::serialize(variables);
}

void read_message_sampling(const RequestFields& fields, SamplingParams& sampling) {
  fields.number("temperature", 0, 1);  // Anthropic's range, narrower than others'
  fields.integer("top_k", 0);
  read_sampling(fields, sampling);
}

/// The prompt as ids, and behind it what is already written of the answer.
void begin_answer(const Lease& lease, const std::string& beginning, GenerateRequest& request) {
  std::vector<TokenId> ids = lease->fitting_prompt_tokens(request);
  const auto add = [&ids](const std::vector<TokenId>& more) { ids.insert(ids.end(), more.begin(), more.end()); };
  // A template that has opened the reasoning, whatever it was told: the answer begins behind it.
  if (ends_in_reasoning(lease->render_chat(request.messages, request.chat)))
    add(lease->tokenize("\n</think>\n\n", false, true));
  add(lease->tokenize(beginning, false, false));
  request.messages.clear();
  request.prompt_ids = std::move(ids);
}

}  // namespace

MessageCall read_message_call(json::object body, const ApiLimits& limits, bool counts_only) {
  MessageCall call;
  call.body = std::move(body);
  const RequestFields fields(call.body);
  call.model = fields.required_string("model");
  if (const auto most = fields.integer("max_tokens", 1, kMostTokens)) call.max_tokens = *most;
  if (call.max_tokens < 0 && !counts_only)
    throw bad_field("max_tokens", "max_tokens is missing", "missing_required_parameter");
  call.history = read_message_history(fields, limits.max_messages);
  const json::array* stops = fields.array("stop_sequences");
  if (stops != nullptr) call.stop_sequences = fields.strings("stop_sequences", limits.max_stop);
  std::erase_if(call.stop_sequences, [](const std::string& text) { return text.empty(); });
  call.thinking = read_thinking(fields, call.max_tokens);
  if (call.thinking != Thinking::kOff && !call.history.prefill.empty()) {
    throw bad_field("messages",
                    "messages ends with text of the assistant to go on with, which cannot be while thinking"
                    " is enabled");
  }
  read_config(fields, limits.max_constraint, call);
  if (call.constraint.kind != ConstraintKind::kNone && !call.history.prefill.empty()) {
    throw bad_field("messages",
                    "messages ends with text of the assistant to go on with, which cannot be together with"
                    " output_config.format");
  }
  call.tools = read_anthropic_tools(fields);
  call.stream = fields.boolean("stream").value_or(false);
  SamplingParams unused;
  read_message_sampling(fields, unused);
  return call;
}

ReadyChat ready_message(const Lease& lease, const MessageCall& call) {
  ChatCall chat;
  chat.request = default_request(lease);
  chat.request.messages = call.history.messages;
  read_message_sampling(RequestFields(call.body), chat.request.sampling);
  if (!call.stop_sequences.empty()) chat.request.stop = call.stop_sequences;
  chat.request.max_tokens = call.max_tokens;
  chat.request.constraint = call.constraint;
  chat.request.chat.variables_json = call.variables_json;
  chat.tools = call.tools;
  chat.split_reasoning = call.history.prefill.empty();
  ReadyChat ready = ready_chat(lease, std::move(chat));
  if (!call.history.prefill.empty()) begin_answer(lease, call.history.prefill, ready.request);
  return ready;
}

}  // namespace hearth
