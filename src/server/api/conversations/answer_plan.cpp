#include "server/api/conversations/answer_plan.h"

#include <utility>

#include "server/api/request_fields.h"
#include "server/metrics/server_log.h"

namespace hearth {
namespace {

/// The preset's chat template, as long as there is that preset.
std::optional<std::string> template_of(ConversationStore& store, const std::string& owner, const std::string& preset) {
  if (preset.empty()) return std::nullopt;
  try {
    return store.preset(owner, preset).chat_template;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return std::nullopt;
  }
}

}  // namespace

std::vector<ChatMessage> chat_messages(const Conversation& conversation, const std::vector<StoredMessage>& path) {
  std::vector<ChatMessage> messages;
  if (conversation.system && !conversation.system->empty()) messages.push_back({"system", *conversation.system});
  for (const StoredMessage& stored : path) {
    if (stored.role == "assistant" && stored.content.empty()) continue;
    std::string text = message_text(stored);
    if (!messages.empty() && messages.back().role == "user" && stored.role == "user") {
      messages.back().content += "\n\n" + text;
      continue;
    }
    ChatMessage message{stored.role, std::move(text)};
    message.reasoning = stored.reasoning;
    messages.push_back(std::move(message));
  }
  return messages;
}

std::string chosen_model(Conversations& conversations, const Conversation& conversation,
                         const std::optional<std::string>& given) {
  std::string name = given && !given->empty() ? *given : conversation.model;
  if (name.empty())
    throw bad_field("model", "model is missing, and the conversation has none", "missing_required_parameter");
  try {
    // `hearth chat` keeps the path of a model without a name; it means what is offered from there, and nothing else.
    if (name.starts_with('/')) {
      for (const OfferedModel& model : conversations.context().models.offered()) {
        if (model.path == name) name = model.id;
      }
    }
    conversations.context().models.resolve(name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw HttpError(error.code(), error.message(), {404, "invalid_request_error", "model", "model_not_found", 0},
                    error.hint());
  }
  return name;
}

void begin_answer(Conversations& conversations, const std::string& owner, const Conversation& conversation,
                  const std::vector<StoredMessage>& path, const StoredMessage& answer) {
  const auto store = conversations.store();
  AnswerCall call;
  call.conversation_id = conversation.id;
  call.message = answer;
  call.messages = chat_messages(conversation, path);
  call.chat_template = template_of(*store, owner, conversation.preset_id);
  if (!path.empty()) call.question = path.back();
  call.on_attachment_tokens = [&conversations](const std::string& message, const std::vector<std::int64_t>& tokens) {
    try {
      conversations.store()->set_attachment_tokens(message, tokens);
    } catch (const StoreError& error) {  // the answer needs them not
      conversations.context().log.log(LogLevel::kWarning, "counts are not stored", {{"problem", error.message()}});
    }
  };
  conversations.answers().start(answer.model, std::move(call));
}

}  // namespace hearth
