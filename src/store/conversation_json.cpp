#include "store/conversation_json.h"

namespace hearth {
namespace {

constexpr int kDeepestParameters = 160;

/// A text or null.
json::value name_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

template <typename T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value parameters_json(const std::string& text) { return parse_json(text, "kept parameters", kDeepestParameters); }

}  // namespace

json::object conversation_json(const Conversation& conversation) {
  json::object object{{"id", conversation.id},
                      {"title", conversation.title},
                      {"title_is_automatic", conversation.title_is_automatic},
                      {"model", name_or_null(conversation.model)},
                      {"preset_id", name_or_null(conversation.preset_id)},
                      {"system", or_null(conversation.system)},
                      {"parameters", parameters_json(conversation.parameters_json)},
                      {"folder", name_or_null(conversation.folder)},
                      {"tags", json::array(conversation.tags.begin(), conversation.tags.end())},
                      {"pinned", conversation.pinned},
                      {"created_ms", conversation.created_ms},
                      {"updated_ms", conversation.updated_ms},
                      {"deleted_ms", or_null(conversation.deleted_ms)},
                      {"message_count", conversation.message_count},
                      {"leaf_id", name_or_null(conversation.leaf_id)}};
  if (!conversation.snippet.empty()) object["snippet"] = conversation.snippet;
  return object;
}

json::object message_json(const StoredMessage& message) {
  json::array attachments;
  for (const Attachment& attachment : message.attachments) {
    attachments.push_back({{"name", attachment.name},
                           {"text", attachment.text},
                           {"bytes", attachment.text.size()},
                           {"tokens", or_null(attachment.tokens)}});
  }
  json::value error;
  if (!message.error_message.empty())
    error = {{"message", message.error_message}, {"code", name_or_null(message.error_code)}};
  const AnswerFacts& facts = message.facts;
  return {{"id", message.id},
          {"parent_id", name_or_null(message.parent_id)},
          {"role", message.role},
          {"content", message.content},
          {"reasoning", message.reasoning},
          {"attachments", std::move(attachments)},
          {"model", name_or_null(message.model)},
          {"parameters", parameters_json(message.parameters_json)},
          {"state", message_state_name(message.state)},
          {"finish_reason", name_or_null(message.finish_reason)},
          {"error", std::move(error)},
          {"prompt_tokens", or_null(facts.prompt_tokens)},
          {"cached_tokens", or_null(facts.cached_tokens)},
          {"completion_tokens", or_null(facts.completion_tokens)},
          {"tokens_per_second", or_null(facts.tokens_per_second)},
          {"time_to_first_token_ms", or_null(facts.time_to_first_token_ms)},
          {"context_length", or_null(facts.context_length)},
          {"created_ms", message.created_ms},
          {"siblings", json::array(message.siblings.begin(), message.siblings.end())}};
}

json::object preset_json(const Preset& preset) {
  return {{"id", preset.id},
          {"name", preset.name},
          {"description", preset.description},
          {"system", or_null(preset.system)},
          {"model", name_or_null(preset.model)},
          {"parameters", parameters_json(preset.parameters_json)},
          {"template", or_null(preset.chat_template)},
          {"shipped", preset.shipped}};
}

json::object prompt_json(const SavedPrompt& prompt) {
  return {{"id", prompt.id},
          {"name", prompt.name},
          {"description", prompt.description},
          {"text", prompt.text},
          {"shipped", prompt.shipped}};
}

}  // namespace hearth
