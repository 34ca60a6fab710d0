// Conversations on disk: JSON with the messages, the model's path and the parameters.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/chat_session.h"
#include "cli/generation_params.h"
#include "hearth/model.h"

namespace hearth::cli {

/// Writes over a saved conversation, but over no other file. Errors: kIo; UsageError where another file is in the way.
void save_chat(const ChatSession& session, const std::string& path);

struct SavedChat {
  std::string model;
  std::vector<ChatMessage> messages;
  GenerationParams params;
};

/// `defaults` for parameters that the file does not name. Errors: kNotFound, kIo, kCorruptData naming file, field and
/// value.
SavedChat load_chat(const std::string& path, const GenerationParams& defaults);
SavedChat parse_chat(const json::value& value, const std::string& name, const GenerationParams& defaults);
std::string chat_to_json(const ChatSession& session);

}  // namespace hearth::cli
