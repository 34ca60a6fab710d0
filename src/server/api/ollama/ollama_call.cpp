#include "server/api/ollama/ollama_call.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/quote.h"
#include "server/api/chat_fields.h"
#include "server/api/ollama/go_template.h"
#include "server/api/ollama/keep_alive.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/sampling_fields.h"
#include "server/api/tools/tool_style.h"

namespace hearth {
namespace {

/// Ollama's own for models without a template is "{{ .Prompt }}": the text as it is.
constexpr const char* kPlainTemplate =
    "{%- for message in messages -%}{{- message['content'] -}}"
    "{%- if not loop.last -%}{{- '\\n\\n' -}}{%- endif -%}{%- endfor -%}";

constexpr std::int32_t kMostLogprobs = 20;

}  // namespace

std::optional<ThinkChoice> read_think(const RequestFields& fields) {
  const json::value* think = fields.find("think");
  if (think == nullptr) return std::nullopt;
  if (think->is_bool()) return ThinkChoice{think->get_bool(), {}};
  const std::string param = fields.param("think");
  if (!think->is_string()) {
    throw bad_field(param, fmt::format("{} must be true, false, \"low\", \"medium\" or \"high\", and is {}", param,
                                       json_type_name(*think)));
  }
  const std::string_view level = think->get_string();
  if (level == "low" || level == "medium" || level == "high") return ThinkChoice{true, std::string(level)};
  throw bad_field(param, fmt::format("{} is {}; it must be true, false, \"low\", \"medium\" or \"high\"", param,
                                     quote(level.substr(0, 40))));
}

Constraint read_ollama_format(const RequestFields& fields, std::size_t most_bytes) {
  Constraint constraint;
  const json::value* format = fields.find("format");
  if (format == nullptr) return constraint;
  const std::string param = fields.param("format");
  if (format->is_string() && format->get_string().empty()) return constraint;
  if (format->is_string() && format->get_string() == "json") {
    constraint.kind = ConstraintKind::kJson;
    return constraint;
  }
  if (!format->is_object()) {
    throw bad_field(param, fmt::format("{} must be \"json\" or a JSON Schema, and is {}", param,
                                       format->is_string() ? quote(std::string_view(format->get_string()).substr(0, 40))
                                                           : json_type_name(*format)));
  }
  return schema_constraint(*format, param, most_bytes);
}

std::string read_template(const std::string& text, const std::string& param, std::size_t most_bytes) {
  if (text.size() > most_bytes)
    throw bad_field(param, fmt::format("{} has {} bytes; at most {} are allowed", param, text.size(), most_bytes));
  if (text.find("{%") != std::string::npos) return text;
  try {
    return jinja_of_go_template(text);
  } catch (const Error& error) {
    throw bad_field(param, fmt::format("{}: {}", param, error.message()));
  }
}

OllamaCall read_ollama_call(json::object body, const ApiLimits& limits) {
  OllamaCall call;
  call.body = std::move(body);
  const RequestFields fields(call.body);
  call.model = read_model_name(fields);
  call.stream = fields.boolean("stream").value_or(true);
  call.keep_alive = read_keep_alive(fields);
  call.think = read_think(fields);
  call.format = read_ollama_format(fields, limits.max_constraint);
  const auto top = fields.integer("top_logprobs", 0, kMostLogprobs);
  if (fields.boolean("logprobs").value_or(false)) call.logprobs = static_cast<std::int32_t>(top.value_or(0));
  call.shift = fields.boolean("shift").value_or(false);
  if (const json::object* options = fields.object("options")) {
    GenerateRequest unused;  // wrong ones are refused before a model is loaded for them
    read_ollama_options(fields.child("options", *options), unused);
  }
  return call;
}

std::string template_of(const Lease& lease, const GenerateRequest& request) {
  return request.chat.chat_template.empty() ? lease->info().chat_template : request.chat.chat_template;
}

GenerateRequest begin_request(const Lease& lease, const OllamaCall& call,
                              const std::optional<std::string>& chat_template) {
  GenerateRequest request = default_request(lease);
  const RequestFields fields(call.body);
  if (const json::object* options = fields.object("options"))
    read_ollama_options(fields.child("options", *options), request);
  request.constraint = call.format;
  request.logprobs = call.logprobs;
  request.context_shift = call.shift;
  if (chat_template) request.chat.chat_template = *chat_template;
  if (template_of(lease, request).empty()) request.chat.chat_template = kPlainTemplate;
  if (!call.think) return request;
  if (call.think->on && !tool_support(template_of(lease, request)).thinks)
    throw bad_field("think", fmt::format("{} does not support thinking", quote(call.model)));
  json::object variables{{"enable_thinking", call.think->on}};
  if (!call.think->level.empty()) variables["reasoning_effort"] = call.think->level;
  request.chat.variables_json = json::serialize(variables);
  return request;
}

}  // namespace hearth
