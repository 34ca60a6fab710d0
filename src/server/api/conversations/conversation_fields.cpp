#include "server/api/conversations/conversation_fields.h"

#include <fmt/format.h>

#include <charconv>

#include "server/api/chat_settings.h"

namespace hearth {
namespace {

constexpr int kDeepest = 160;  // deeper than a body may be

bool is_null(const RequestFields& fields, std::string_view key) {
  const json::value* value = fields.raw().if_contains(key);
  return value != nullptr && value->is_null();
}

}  // namespace

std::optional<std::string> nullable_text(const RequestFields& fields, std::string_view key) {
  if (is_null(fields, key)) return std::string();
  return fields.string(key);
}

std::optional<std::optional<std::string>> nullable_system(const RequestFields& fields, std::string_view key) {
  if (is_null(fields, key)) return std::optional<std::string>();
  if (auto text = fields.string(key)) return std::optional(std::move(text));
  return std::nullopt;
}

std::optional<std::string> read_parameters(const RequestFields& fields, const ApiLimits& limits) {
  if (is_null(fields, "parameters")) return "{}";
  const json::object* parameters = fields.object("parameters");
  if (parameters == nullptr) return std::nullopt;
  ChatCall call;
  read_chat_settings(fields.child("parameters", *parameters), limits, call);
  return json::serialize(*parameters);
}

std::string merged_parameters(const std::string& under, const std::string& over) {
  json::object merged = parse_json(under, "parameters", kDeepest).as_object();
  const json::value more = parse_json(over, "parameters", kDeepest);
  for (const auto& [key, value] : more.as_object()) {
    if (value.is_null()) {
      merged.erase(key);  // "as the model likes it"
    } else {
      merged[key] = value;
    }
  }
  return json::serialize(merged);
}

std::optional<std::vector<std::string>> read_tags(const RequestFields& fields) {
  if (is_null(fields, "tags")) return std::vector<std::string>();
  if (fields.array("tags") == nullptr) return std::nullopt;
  return fields.strings("tags", StoreLimits::kTags);
}

std::vector<Attachment> read_attachments(const RequestFields& fields) {
  std::vector<Attachment> attachments;
  const json::array* items = fields.array("attachments");
  if (items == nullptr) return attachments;
  if (items->size() > StoreLimits::kAttachments) {
    throw bad_field("attachments", fmt::format("attachments has {} entries; at most {} are allowed", items->size(),
                                               StoreLimits::kAttachments));
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    const RequestFields item = fields.item("attachments", i, (*items)[i]);
    attachments.push_back({item.required_string("name"), item.required_string("text"), std::nullopt});
  }
  return attachments;
}

std::size_t read_count(const HttpRequest& request, std::string_view name, std::size_t usual, std::size_t most) {
  const std::string* text = request.query_value(name);
  if (text == nullptr) return usual;
  std::size_t count = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (failure != std::errc() || end != text->data() + text->size() || count > most)
    throw bad_field(std::string(name), fmt::format("{} must be a number up to {}", name, most));
  return count;
}

std::optional<bool> read_switch(const HttpRequest& request, std::string_view name) {
  const std::string* text = request.query_value(name);
  if (text == nullptr) return std::nullopt;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  throw bad_field(std::string(name), fmt::format("{} must be true or false", name));
}

}  // namespace hearth
