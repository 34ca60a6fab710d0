#include "server/api/chat_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "grammar/schema/closed_objects.h"

namespace hearth {
namespace {

constexpr std::array<std::string_view, 6> kRoles = {"system", "developer", "user", "assistant", "tool", "function"};

std::string role_of(const RequestFields& message) {
  const std::string role = message.required_string("role");
  if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
    throw bad_field(message.param("role"),
                    fmt::format("{} is '{}'; it must be one of system, developer, user, assistant, tool",
                                message.param("role"), role.substr(0, 40)));
  }
  if (role == "developer") return "system";  // OpenAI's newer name for it; templates know the older one
  return role == "function" ? "tool" : role;
}

void check_size(const std::string& text, const std::string& param, std::size_t most) {
  if (text.size() > most)
    throw bad_field(param, fmt::format("{} has {} bytes; at most {} are allowed", param, text.size(), most));
}

Constraint format_constraint(const RequestFields& format, std::size_t most) {
  const std::string type = format.required_string("type");
  Constraint constraint;
  if (type == "text") return constraint;
  if (type == "json_object") {
    if (const json::value* schema = format.find("schema"))
      return schema_constraint(*schema, format.param("schema"), most);
    constraint.kind = ConstraintKind::kJson;
    return constraint;
  }
  if (type == "json_schema") {
    const json::object* outer = format.object("json_schema");
    if (outer == nullptr) {  // the Responses API writes it here
      if (const json::value* schema = format.find("schema"))
        return schema_constraint(*schema, format.param("schema"), most);
      throw bad_field(format.param("json_schema"), fmt::format("{} is missing", format.param("json_schema")));
    }
    const RequestFields inner = format.child("json_schema", *outer);
    const json::value* schema = inner.find("schema");
    if (schema == nullptr) throw bad_field(inner.param("schema"), fmt::format("{} is missing", inner.param("schema")));
    return schema_constraint(*schema, inner.param("schema"), most);
  }
  if (type == "grammar") {
    constraint.kind = ConstraintKind::kGbnf;
    constraint.text = format.required_string("grammar");
    check_size(constraint.text, format.param("grammar"), most);
    return constraint;
  }
  throw bad_field(format.param("type"), fmt::format("{} is '{}'; it must be text, json_object or json_schema",
                                                    format.param("type"), type.substr(0, 40)));
}

}  // namespace

Constraint schema_constraint(const json::value& schema, const std::string& param, std::size_t most) {
  if (!schema.is_object() && !schema.is_bool())
    throw bad_field(param, fmt::format("{} must be a JSON Schema, and is {}", param, json_type_name(schema)));
  Constraint constraint;
  constraint.kind = ConstraintKind::kJsonSchema;
  json::value closed = schema;
  close_objects(closed);
  constraint.text = json::serialize(closed);
  constraint.origin = param;
  check_size(constraint.text, param, most);
  return constraint;
}

std::string content_text(const json::value& content, const std::string& param) {
  if (content.is_null()) return {};
  if (content.is_string()) return std::string(content.get_string());
  if (!content.is_array()) {
    throw bad_field(param,
                    fmt::format("{} must be a string or an array of parts, and is {}", param, json_type_name(content)));
  }
  std::string text;
  const json::array& parts = content.get_array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].is_string()) {
      text += parts[i].get_string();
      continue;
    }
    const std::string path = fmt::format("{}[{}]", param, i);
    if (!parts[i].is_object()) throw bad_field(path, fmt::format("{} must be an object", path));
    const RequestFields part(parts[i].get_object(), path);
    const std::string type = part.required_string("type");
    if (type == "text" || type == "input_text" || type == "output_text") {
      text += part.required_string("text");
    } else if (type == "refusal") {
      text += part.required_string("refusal");
    } else {
      throw bad_field(part.param("type"),
                      fmt::format("{} is '{}'; only text is understood here", part.param("type"), type.substr(0, 40)));
    }
  }
  return text;
}

std::vector<ChatMessage> read_messages(const RequestFields& fields, std::size_t most) {
  const json::array* items = fields.array("messages");
  if (items == nullptr) throw bad_field("messages", "messages is missing", "missing_required_parameter");
  if (items->empty()) throw bad_field("messages", "messages is empty; at least one message is needed");
  if (items->size() > most) {
    throw bad_field("messages", fmt::format("messages has {} entries; at most {} are allowed", items->size(), most));
  }
  std::vector<ChatMessage> messages;
  messages.reserve(items->size());
  for (std::size_t i = 0; i < items->size(); ++i) {
    const RequestFields item = fields.item("messages", i, (*items)[i]);
    ChatMessage message;
    message.role = role_of(item);
    const json::value* content = item.find("content");
    if (content != nullptr) message.content = content_text(*content, item.param("content"));
    if (const json::array* calls = item.array("tool_calls")) message.tool_calls_json = json::serialize(*calls);
    if (const json::object* call = item.object("function_call"); call != nullptr && message.tool_calls_json.empty()) {
      // How calls were written before there were several in one message.
      message.tool_calls_json = json::serialize(json::array{{{"id", ""}, {"type", "function"}, {"function", *call}}});
    }
    if (content == nullptr && message.role != "assistant")
      throw bad_field(item.param("content"), fmt::format("{} is missing", item.param("content")));
    message.tool_call_id = item.string("tool_call_id").value_or("");
    message.name = item.string("name").value_or("");
    message.reasoning = item.string("reasoning_content").value_or("");
    messages.push_back(std::move(message));
  }
  return messages;
}

void add_overlay_messages(const Lease& lease, std::vector<ChatMessage>& messages) {
  const ModelOverlay* overlay = lease.overlay();
  if (overlay == nullptr) return;
  const bool has_system = !messages.empty() && messages.front().role == "system";
  auto behind_system = messages.begin() + (has_system ? 1 : 0);
  behind_system = messages.insert(behind_system, overlay->messages.begin(), overlay->messages.end());
  if (overlay->system && !overlay->system->empty() && !has_system)
    messages.insert(messages.begin(), ChatMessage{"system", *overlay->system});
}

Constraint read_response_format(const RequestFields& fields, std::size_t most_bytes) {
  std::vector<Constraint> found;
  std::string given;
  const auto add = [&](Constraint constraint, std::string_view field) {
    if (constraint.kind == ConstraintKind::kNone) return;
    if (!found.empty())
      throw bad_field(std::string(field), fmt::format("{} and {} cannot both be given", given, field));
    given = field;
    if (constraint.origin.empty()) constraint.origin = field;
    found.push_back(std::move(constraint));
  };
  if (const json::object* format = fields.object("response_format"))
    add(format_constraint(fields.child("response_format", *format), most_bytes), "response_format");
  if (const json::value* schema = fields.find("json_schema"))
    add(schema_constraint(*schema, "json_schema", most_bytes), "json_schema");
  if (const auto grammar = fields.string("grammar"); grammar && !grammar->empty()) {
    check_size(*grammar, "grammar", most_bytes);
    add({.kind = ConstraintKind::kGbnf, .text = *grammar, .choices = {}, .resolve = {}}, "grammar");
  }
  if (const auto regex = fields.string("guided_regex")) {
    check_size(*regex, "guided_regex", most_bytes);
    add({.kind = ConstraintKind::kRegex, .text = *regex, .choices = {}, .resolve = {}}, "guided_regex");
  }
  if (fields.has("guided_choice")) {
    constexpr std::size_t kMostChoices = 10'000;
    add({.kind = ConstraintKind::kChoices,
         .text = {},
         .choices = fields.strings("guided_choice", kMostChoices),
         .resolve = {}},
        "guided_choice");
  }
  return found.empty() ? Constraint{} : std::move(found.front());
}

Priority asked_priority(const RequestFields& fields) {
  return fields.string("service_tier").value_or("") == "flex" ? Priority::kBatch : Priority::kInteractive;
}

}  // namespace hearth
