// The store in SQLite: one connection behind a lock. What belongs together stands in a file of its own:
// store_conversations.cpp, store_messages.cpp, store_copies.cpp, store_library.cpp.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/conversations.h"
#include "store/runner_lock.h"
#include "store/sqlite.h"

namespace hearth {

class SqliteStore : public ConversationStore {
 public:
  explicit SqliteStore(const std::string& path, int busy_ms = 5000);

  Conversation create(const std::string& owner, Conversation conversation) override;
  Conversation find(const std::string& owner, const std::string& id) override;
  ConversationPage list(const std::string& owner, const ConversationFilter& filter) override;
  Conversation change(const std::string& owner, const std::string& id, const ConversationChanges& changes) override;
  std::int64_t remove(const std::string& owner, const std::string& id) override;
  void remove_forever(const std::string& owner, const std::string& id) override;
  Conversation restore(const std::string& owner, const std::string& id) override;
  std::int64_t purge() override;
  std::vector<NameCount> folders(const std::string& owner) override;
  std::vector<NameCount> tags(const std::string& owner) override;

  std::vector<StoredMessage> tree(const std::string& owner, const std::string& id) override;
  std::vector<StoredMessage> path(const std::string& owner, const std::string& id, const std::string& to) override;
  StoredMessage message(const std::string& owner, const std::string& id, const std::string& message_id) override;
  std::vector<StoredMessage> add(const std::string& owner, const std::string& id,
                                 std::vector<StoredMessage> messages) override;
  std::int64_t remove_message(const std::string& owner, const std::string& id, const std::string& message_id) override;
  void update_answers(const std::vector<AnswerUpdate>& updates) override;
  StoredMessage reopen_answer(const std::string& owner, const std::string& id, const std::string& message_id,
                              const std::string& model, const std::string& parameters_json) override;
  void set_attachment_tokens(const std::string& message_id, const std::vector<std::int64_t>& tokens) override;
  Conversation branch(const std::string& owner, const std::string& id, const std::string& message_id,
                      const std::string& title) override;
  Conversation import(const std::string& owner, Conversation conversation,
                      std::vector<StoredMessage> messages) override;

  std::vector<Preset> presets(const std::string& owner) override;
  Preset preset(const std::string& owner, const std::string& id) override;
  Preset add_preset(const std::string& owner, Preset preset) override;
  void change_preset(const std::string& owner, const Preset& preset) override;
  void remove_preset(const std::string& owner, const std::string& id) override;
  std::vector<SavedPrompt> prompts(const std::string& owner) override;
  SavedPrompt prompt(const std::string& owner, const std::string& id) override;
  SavedPrompt add_prompt(const std::string& owner, SavedPrompt prompt) override;
  void change_prompt(const std::string& owner, const SavedPrompt& prompt) override;
  void remove_prompt(const std::string& owner, const std::string& id) override;

 private:
  /// Where a message stands in its conversation's tree.
  struct Place {
    std::string id, parent_id;
  };
  using Siblings = std::map<std::string, std::vector<std::string>>;  // by parent

  // All of these: REQUIRES the lock.
  Conversation load(const std::string& owner, const std::string& id);
  Conversation require_kept(const std::string& owner, const std::string& id);  ///< Errors: too where it is deleted
  void read_tags(Conversation& conversation);
  void write_tags(const std::string& id, const std::vector<std::string>& tags);
  void insert_conversation(const std::string& owner, const Conversation& conversation);
  void set_leaf(const std::string& id, const std::string& leaf);
  void touch(const std::string& id);
  std::string newest_below(const std::string& message_id);
  void require_message(const std::string& id, const std::string& message_id);
  void add_snippets(std::vector<Conversation>& found, const std::string& expression);

  std::vector<Place> places(const std::string& id);
  static Siblings siblings_of(const std::vector<Place>& places);
  std::vector<StoredMessage> load_messages(const std::string& id, const std::vector<std::string>& ids,
                                           const Siblings& siblings);
  std::vector<std::string> path_ids(const std::vector<Place>& places, const std::string& to);
  void insert_message(const std::string& conversation, const StoredMessage& message);
  void refresh_title(const std::string& id);
  Conversation copy_in(const std::string& owner, Conversation conversation, std::vector<StoredMessage> messages);
  std::int64_t runner();
  void cut_dead_answers();

  std::mutex mutex_;
  Database database_;
  RunnerLock lock_;
  std::int64_t runner_ = 0;  ///< 0: this one writes no answers yet
};

}  // namespace hearth
