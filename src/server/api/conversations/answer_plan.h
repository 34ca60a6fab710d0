// From a kept conversation to what a model is asked: its path as messages, its parameters, its model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hearth/conversations.h"
#include "hearth/model.h"
#include "server/api/conversations/conversations.h"

namespace hearth {

/// The system prompt, then the path. An answer without text (it failed) is left out, and questions that then follow
/// each other are one: templates want turns.
std::vector<ChatMessage> chat_messages(const Conversation& conversation, const std::vector<StoredMessage>& path);

/// The name that was given, or the conversation's. Errors: 400 where there is none; 404 where there is no such model.
std::string chosen_model(Conversations& conversations, const Conversation& conversation,
                         const std::optional<std::string>& given);

/// Begins an answer that is in the store. `path`: from the root to the question.
void begin_answer(Conversations& conversations, const std::string& owner, const Conversation& conversation,
                  const std::vector<StoredMessage>& path, const StoredMessage& answer);

}  // namespace hearth
