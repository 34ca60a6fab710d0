// Conversations made of others: branches and imports.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "store/sqlite_store.h"
#include "store/store_checks.h"
#include "store/store_id.h"

namespace hearth {

Conversation SqliteStore::copy_in(const std::string& owner, Conversation conversation,
                                  std::vector<StoredMessage> messages) {
  const std::string old_leaf = conversation.leaf_id;
  conversation.id = store_id("cnv_");
  insert_conversation(owner, conversation);
  std::unordered_map<std::string, std::string> ids;
  std::string leaf;
  for (StoredMessage& message : messages) {
    const std::string old_id = message.id;
    message.id = store_id("msg_");
    if (!message.parent_id.empty()) {
      const auto parent = ids.find(message.parent_id);
      if (parent == ids.end()) {
        throw Error(ErrorCode::kInvalidArgument, fmt::format("parent_id is '{}', and no message before has that id",
                                                             message.parent_id.substr(0, 80)));
      }
      message.parent_id = parent->second;
    }
    // Nobody writes the copy of an answer.
    if (message.state == MessageState::kRunning) message.state = MessageState::kCut;
    if (message.created_ms == 0) message.created_ms = now_ms();
    insert_message(conversation.id, message);
    if (!old_id.empty() && !ids.emplace(old_id, message.id).second)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("the id '{}' is there twice", old_id.substr(0, 80)));
    leaf = message.id;
  }
  if (!old_leaf.empty()) {
    const auto found = ids.find(old_leaf);
    if (found == ids.end())
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("leaf_id is '{}', and no message has that id", old_leaf.substr(0, 80)));
    leaf = found->second;
  }
  set_leaf(conversation.id, leaf);
  refresh_title(conversation.id);
  return load(owner, conversation.id);
}

Conversation SqliteStore::branch(const std::string& owner, const std::string& id, const std::string& message_id,
                                 const std::string& title) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  Conversation conversation = require_kept(owner, id);
  std::vector<StoredMessage> messages = load_messages(id, path_ids(places(id), message_id), {});
  conversation.leaf_id = message_id;
  conversation.pinned = false;
  conversation.created_ms = conversation.updated_ms = now_ms();
  if (!title.empty()) {
    conversation.title = title;
    conversation.title_is_automatic = false;
  }
  check_conversation(conversation);
  Conversation made = copy_in(owner, std::move(conversation), std::move(messages));
  transaction.commit();
  return made;
}

Conversation SqliteStore::import(const std::string& owner, Conversation conversation,
                                 std::vector<StoredMessage> messages) {
  check_conversation(conversation);
  if (messages.size() > StoreLimits::kMessages) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("messages has {} entries; at most {} are allowed",
                                                         messages.size(), StoreLimits::kMessages));
  }
  for (const StoredMessage& message : messages) check_message(message);
  const std::int64_t now = now_ms();
  // Times of another machine's clock must not stand before everything that is to come.
  conversation.created_ms = conversation.created_ms <= 0 ? now : std::min(conversation.created_ms, now);
  conversation.updated_ms = conversation.updated_ms <= 0 ? now : std::min(conversation.updated_ms, now);
  conversation.deleted_ms.reset();
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  Conversation made = copy_in(owner, std::move(conversation), std::move(messages));
  transaction.commit();
  return made;
}

}  // namespace hearth
