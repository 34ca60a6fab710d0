// Conversations as JSON that can be taken in again.
#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "store/conversation_json.h"
#include "store/store_id.h"

namespace hearth {
namespace {

constexpr std::string_view kFormat = "hearth conversations 1";
constexpr int kDeepest = 176;  // parameters may hold a schema
constexpr std::size_t kMostConversations = 100'000;

std::string text_of(const JsonObject& object, std::string_view key) { return object.string(key).value_or(""); }

std::string parameters_of(const JsonObject& object) {
  const auto parameters = object.object("parameters");
  return parameters ? json::serialize(parameters->raw()) : "{}";
}

MessageState state_of(const JsonObject& object) {
  const std::string name = object.string("state").value_or("done");
  for (const MessageState state :
       {MessageState::kRunning, MessageState::kDone, MessageState::kCut, MessageState::kFailed}) {
    if (name == message_state_name(state)) return state;
  }
  object.fail("state", "must be done, cut or failed");
}

std::vector<Attachment> attachments_of(const JsonObject& object) {
  std::vector<Attachment> attachments;
  const json::array* items = object.array("attachments");
  if (items == nullptr) return attachments;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string name = fmt::format("{}.attachments[{}]", object.what(), i);
    const JsonObject item((*items)[i], name);
    attachments.push_back({item.require_string("name"), item.require_string("text"), item.integer("tokens")});
  }
  return attachments;
}

StoredMessage message_of(const JsonObject& object) {
  StoredMessage message;
  message.id = text_of(object, "id");
  message.parent_id = text_of(object, "parent_id");
  message.role = object.require_string("role");
  message.content = object.require_string("content");
  message.reasoning = text_of(object, "reasoning");
  message.raw = text_of(object, "raw");
  message.attachments = attachments_of(object);
  message.model = text_of(object, "model");
  message.parameters_json = parameters_of(object);
  message.state = state_of(object);
  message.finish_reason = text_of(object, "finish_reason");
  if (const auto error = object.object("error")) {
    message.error_message = text_of(*error, "message");
    message.error_code = text_of(*error, "code");
  }
  AnswerFacts& facts = message.facts;
  facts.prompt_tokens = object.integer("prompt_tokens");
  facts.cached_tokens = object.integer("cached_tokens");
  facts.completion_tokens = object.integer("completion_tokens");
  facts.tokens_per_second = object.number("tokens_per_second");
  facts.time_to_first_token_ms = object.integer("time_to_first_token_ms");
  facts.context_length = object.integer("context_length");
  message.created_ms = object.integer("created_ms").value_or(0);
  return message;
}

Conversation conversation_of(const JsonObject& object) {
  Conversation conversation;
  conversation.title = text_of(object, "title");
  conversation.title_is_automatic = object.boolean("title_is_automatic").value_or(conversation.title.empty());
  conversation.model = text_of(object, "model");
  conversation.preset_id = text_of(object, "preset_id");
  conversation.system = object.string("system");
  conversation.parameters_json = parameters_of(object);
  conversation.folder = text_of(object, "folder");
  if (const json::array* tags = object.array("tags")) {
    for (const json::value& tag : *tags) {
      if (!tag.is_string()) object.fail("tags", "must be texts");
      conversation.tags.emplace_back(tag.get_string());
    }
  }
  conversation.pinned = object.boolean("pinned").value_or(false);
  conversation.created_ms = object.integer("created_ms").value_or(0);
  conversation.updated_ms = object.integer("updated_ms").value_or(0);
  conversation.leaf_id = text_of(object, "leaf_id");
  return conversation;
}

ExportedConversation exported_of(const json::value& value, const std::string& name) {
  const JsonObject object(value, name);
  ExportedConversation exported{conversation_of(object), {}};
  const json::array* messages = object.array("messages");
  if (messages == nullptr) object.fail("messages", "is missing");
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const std::string path = fmt::format("{}.messages[{}]", name, i);
    exported.messages.push_back(message_of(JsonObject((*messages)[i], path)));
  }
  return exported;
}

std::vector<ExportedConversation> parse(std::string_view text) {
  const json::value value = parse_json(text, "the import", kDeepest);
  const JsonObject document(value, "the import");
  if (document.string("format") != std::string(kFormat)) document.fail("format", fmt::format("must be '{}'", kFormat));
  const json::array* items = document.array("conversations");
  if (items == nullptr) document.fail("conversations", "is missing");
  if (items->size() > kMostConversations) document.fail("conversations", "has too many entries");
  std::vector<ExportedConversation> all;
  for (std::size_t i = 0; i < items->size(); ++i)
    all.push_back(exported_of((*items)[i], fmt::format("conversations[{}]", i)));
  return all;
}

}  // namespace

std::string export_json(const std::vector<ExportedConversation>& conversations) {
  json::array items;
  for (const ExportedConversation& exported : conversations) {
    json::object item = conversation_json(exported.conversation);
    item.erase("snippet");
    json::array messages;
    for (const StoredMessage& message : exported.messages) {
      json::object entry = message_json(message);
      entry.erase("siblings");
      if (!message.raw.empty()) entry["raw"] = message.raw;
      messages.push_back(std::move(entry));
    }
    item["messages"] = std::move(messages);
    items.push_back(std::move(item));
  }
  return json::serialize(
      json::object{{"format", kFormat}, {"exported_ms", now_ms()}, {"conversations", std::move(items)}});
}

std::vector<ExportedConversation> parse_exported_json(std::string_view text) {
  try {
    return parse(text);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptData) throw;
    throw Error(ErrorCode::kInvalidArgument, error.message(), "it must be what 'hearth conversations export' writes");
  }
}

}  // namespace hearth
