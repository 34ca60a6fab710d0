// Conversations, messages, presets and prompts as JSON: what the API answers with and what an export holds.
#pragma once

#include "base/json.h"
#include "hearth/conversations.h"

namespace hearth {

json::object conversation_json(const Conversation& conversation);
json::object message_json(const StoredMessage& message);
json::object preset_json(const Preset& preset);
json::object prompt_json(const SavedPrompt& prompt);

}  // namespace hearth
