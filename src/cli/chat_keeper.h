// Brings a conversation at the terminal to the store, turn by turn, so that the page and `--resume` go on with it. What
// goes wrong with the store never ends a conversation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/chat_session.h"
#include "hearth/conversations.h"

namespace hearth::cli {

class ChatKeeper {
 public:
  explicit ChatKeeper(std::shared_ptr<ConversationStore> store) : store_(std::move(store)) {}
  /// The usual store; nullptr, and a line that says why, where it cannot be used.
  static std::shared_ptr<ChatKeeper> open();

  ConversationStore& store() { return *store_; }
  /// Goes on with a kept conversation: its messages and its system prompt are the session's.
  void resume(const Conversation& conversation, ChatSession& session);
  /// The model of the session: as the person named it, and where it is. Its name in the store is found when something
  /// is kept: that looks at the disk.
  void set_model(std::string named, std::string path);

  /// Brings what is new in the session to the store. `last`: the answer that was just given, or nullptr. A changed end
  /// becomes an alternative; a session that was cleared begins another conversation with its next message.
  void keep(const ChatSession& session, const Generation* last);
  /// Empty: nothing is kept yet, or it has none.
  std::string title();
  /// Errors: UsageError before the first message; Error.
  void set_title(const std::string& title);

 private:
  struct Kept {
    std::string id, role, text;  ///< text as the session has it
  };
  void bring(const ChatSession& session, const Generation* last);
  void begin(const ChatSession& session);
  const std::string& model();

  std::shared_ptr<ConversationStore> store_;
  std::string named_, path_, model_, id_;
  std::optional<std::string> system_;
  std::vector<Kept> kept_;
  std::string told_problem_;
};

/// The name under which a server offers the model of this path; the path itself where it has none.
std::string kept_model_name(const std::string& named, const std::string& path);

}  // namespace hearth::cli
