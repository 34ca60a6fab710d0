// What begins with '/' in a conversation.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/chat_keeper.h"
#include "cli/chat_session.h"

namespace hearth::cli {

/// What a command may use besides the session.
struct ChatContext {
  ChatSession& session;
  /// Loads another model and gives the parameters that hold for it, without those set by /set.
  std::function<void(ChatSession& session, const std::string& path)> change_model;
  const Generation* last_answer = nullptr;
  ChatKeeper* keeper = nullptr;  ///< nullptr: the conversation is not kept
};

enum class AfterCommand { kGoOn, kRegenerate, kQuit };

/// `line` without the '/'. Says what it did on stderr. Errors: UsageError, Error; the conversation is then unchanged.
AfterCommand run_chat_command(const std::string& line, ChatContext& context);

/// "/help", "/system", …: for completion.
std::vector<std::string> chat_command_names();

}  // namespace hearth::cli
