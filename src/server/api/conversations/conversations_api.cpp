#include "server/api/conversations/conversations_api.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace hearth {
namespace {

constexpr std::array<std::string_view, 20> kFields = {
    "title",     "model",       "preset_id",  "system",      "parameters",    "folder",   "tags",
    "content",   "attachments", "name",       "description", "text",          "template", "leaf_id",
    "parent_id", "cursor",      "message_id", "format",      "conversations", "role"};

/// "title has 400 characters; …" → "title": the store names fields first.
std::string field_of(const std::string& message) {
  const std::string word = message.substr(0, message.find(' '));
  const std::string name = word.substr(0, word.find_first_of("[.:"));
  return std::find(kFields.begin(), kFields.end(), name) == kFields.end() ? "" : word;
}

/// What the store throws, as an answer. Its own failures are no mistake of the client, and the rest of the server goes
/// on.
HttpError to_answer(const Error& error) {
  if (const auto* http = dynamic_cast<const HttpError*>(&error)) return *http;
  if (dynamic_cast<const StoreError*>(&error) != nullptr) {
    constexpr int kRetrySeconds = 5;
    return {error.code(), error.message(), {503, "server_error", "", "store_unavailable", kRetrySeconds}, error.hint()};
  }
  ErrorDetails details;
  details.type = "invalid_request_error";
  switch (error.code()) {
    case ErrorCode::kNotFound:
      details.status = 404;
      details.code = "not_found";
      break;
    case ErrorCode::kUnsupported:
      details.status = 409;
      details.code = "conflict";
      break;
    case ErrorCode::kInvalidArgument:
      details.status = 400;
      details.param = field_of(error.message());
      break;
    default: details.type = ""; break;
  }
  return {error.code(), error.message(), std::move(details), error.hint()};
}

}  // namespace

void add_conversation_routes(Router& router, Conversations& conversations) {
  const auto add = [&](const char* method, const char* pattern, void (*handler)(Conversations&, const ExchangePtr&)) {
    RouteOptions options;
    options.dialect = openai_error;
    router.add(
        method, pattern, Scope::kChat,
        [&conversations, handler](const ExchangePtr& exchange) {
          try {
            handler(conversations, exchange);
          } catch (const Error& error) {
            throw to_answer(error);
          }
        },
        options);
  };
  add("GET", "/api/conversations", list_conversations);
  add("POST", "/api/conversations", create_conversation);
  add("GET", "/api/conversations/export", export_conversations);
  add("POST", "/api/conversations/import", import_conversations);
  add("GET", "/api/conversations/{id}", show_conversation);
  add("PATCH", "/api/conversations/{id}", change_conversation);
  add("DELETE", "/api/conversations/{id}", delete_conversation);
  add("POST", "/api/conversations/{id}/restore", restore_conversation);
  add("POST", "/api/conversations/{id}/branch", branch_conversation);
  add("GET", "/api/conversations/{id}/export", export_conversation);
  add("GET", "/api/conversations/{id}/context", measure_context);
  add("POST", "/api/conversations/{id}/messages", send_message);
  add("POST", "/api/conversations/{id}/answers", answer_again);
  add("DELETE", "/api/conversations/{id}/messages/{mid}", delete_message);
  add("POST", "/api/conversations/{id}/messages/{mid}/continue", continue_answer);
  add("POST", "/api/conversations/{id}/messages/{mid}/stop", stop_answer);
  add("GET", "/api/conversations/{id}/messages/{mid}/events", follow_answer);
  add("GET", "/api/folders", list_folders);

  add("GET", "/api/presets", list_presets);
  add("POST", "/api/presets", create_preset);
  add("GET", "/api/presets/{id}", show_preset);
  add("PATCH", "/api/presets/{id}", change_preset);
  add("DELETE", "/api/presets/{id}", delete_preset);

  add("GET", "/api/prompts", list_prompts);
  add("POST", "/api/prompts", create_prompt);
  add("GET", "/api/prompts/{id}", show_prompt);
  add("PATCH", "/api/prompts/{id}", change_prompt);
  add("DELETE", "/api/prompts/{id}", delete_prompt);
}

}  // namespace hearth
