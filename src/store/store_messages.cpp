// The tree of messages: read, added to, taken from, and the answers that are being written.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "store/sqlite_store.h"
#include "store/store_checks.h"
#include "store/store_id.h"

namespace hearth {
namespace {

constexpr const char* kColumns =
    "id, parent_id, role, content, reasoning, raw, model, parameters, state, finish_reason, error_message, error_code, "
    "prompt_tokens, cached_tokens, completion_tokens, tokens_per_second, time_to_first_token_ms, context_length, "
    "created_ms";

MessageState state_of(const std::string& name) {
  for (const MessageState state : {MessageState::kRunning, MessageState::kCut, MessageState::kFailed}) {
    if (name == message_state_name(state)) return state;
  }
  return MessageState::kDone;
}

StoredMessage read_message(const Statement& row) {
  StoredMessage message;
  message.id = row.text(0);
  message.parent_id = row.text(1);
  message.role = row.text(2);
  message.content = row.text(3);
  message.reasoning = row.text(4);
  message.raw = row.text(5);
  message.model = row.text(6);
  message.parameters_json = row.text(7);
  message.state = state_of(row.text(8));
  message.finish_reason = row.text(9);
  message.error_message = row.text(10);
  message.error_code = row.text(11);
  message.facts.prompt_tokens = row.maybe_integer(12);
  message.facts.cached_tokens = row.maybe_integer(13);
  message.facts.completion_tokens = row.maybe_integer(14);
  message.facts.tokens_per_second = row.maybe_real(15);
  message.facts.time_to_first_token_ms = row.maybe_integer(16);
  message.facts.context_length = row.maybe_integer(17);
  message.created_ms = row.integer(18);
  return message;
}

/// Six parameters from `first` on.
void bind_facts(Statement& statement, int first, const AnswerFacts& facts) {
  statement.bind(first, facts.prompt_tokens)
      .bind(first + 1, facts.cached_tokens)
      .bind(first + 2, facts.completion_tokens)
      .bind(first + 3, facts.tokens_per_second)
      .bind(first + 4, facts.time_to_first_token_ms)
      .bind(first + 5, facts.context_length);
}

Error no_message(const std::string& id) {
  return {ErrorCode::kNotFound, fmt::format("there is no message '{}' in this conversation", id.substr(0, 80))};
}

}  // namespace

void SqliteStore::require_message(const std::string& id, const std::string& message_id) {
  Statement row(database_, "SELECT 1 FROM messages WHERE id = ? AND conversation_id = ?");
  if (!row.bind(1, message_id).bind(2, id).step()) throw no_message(message_id);
}

std::vector<SqliteStore::Place> SqliteStore::places(const std::string& id) {
  std::vector<Place> places;
  Statement rows(database_, "SELECT id, parent_id FROM messages WHERE conversation_id = ? ORDER BY seq");
  rows.bind(1, id);
  while (rows.step()) places.push_back({rows.text(0), rows.text(1)});
  return places;
}

SqliteStore::Siblings SqliteStore::siblings_of(const std::vector<Place>& places) {
  Siblings siblings;
  for (const Place& place : places) siblings[place.parent_id].push_back(place.id);
  return siblings;
}

std::vector<std::string> SqliteStore::path_ids(const std::vector<Place>& places, const std::string& to) {
  std::unordered_map<std::string, std::string> parents;
  for (const Place& place : places) parents[place.id] = place.parent_id;
  std::vector<std::string> ids;
  for (std::string at = to; !at.empty() && ids.size() <= places.size();) {
    const auto found = parents.find(at);
    if (found == parents.end()) throw no_message(at);
    ids.push_back(at);
    at = found->second;
  }
  std::reverse(ids.begin(), ids.end());
  return ids;
}

std::vector<StoredMessage> SqliteStore::load_messages(const std::string& id, const std::vector<std::string>& ids,
                                                      const Siblings& siblings) {
  std::vector<StoredMessage> messages;
  messages.reserve(ids.size());
  Statement row(database_, fmt::format("SELECT {} FROM messages WHERE id = ? AND conversation_id = ?", kColumns));
  Statement attachments(database_,
                        "SELECT name, content, tokens FROM attachments WHERE message_id = ? ORDER BY position");
  for (const std::string& message_id : ids) {
    if (!row.bind(1, message_id).bind(2, id).step()) throw no_message(message_id);
    StoredMessage message = read_message(row);
    row.reset();
    attachments.bind(1, message_id);
    while (attachments.step())
      message.attachments.push_back({attachments.text(0), attachments.text(1), attachments.maybe_integer(2)});
    attachments.reset();
    if (const auto found = siblings.find(message.parent_id); found != siblings.end()) message.siblings = found->second;
    messages.push_back(std::move(message));
  }
  return messages;
}

std::vector<StoredMessage> SqliteStore::tree(const std::string& owner, const std::string& id) {
  const std::lock_guard lock(mutex_);
  load(owner, id);
  const std::vector<Place> all = places(id);
  std::vector<std::string> ids;
  ids.reserve(all.size());
  for (const Place& place : all) ids.push_back(place.id);
  return load_messages(id, ids, siblings_of(all));
}

std::vector<StoredMessage> SqliteStore::path(const std::string& owner, const std::string& id, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const Conversation conversation = load(owner, id);
  const std::vector<Place> all = places(id);
  return load_messages(id, path_ids(all, to.empty() ? conversation.leaf_id : to), siblings_of(all));
}

StoredMessage SqliteStore::message(const std::string& owner, const std::string& id, const std::string& message_id) {
  const std::lock_guard lock(mutex_);
  load(owner, id);
  StoredMessage found = load_messages(id, {message_id}, {}).front();
  Statement siblings(database_, "SELECT id FROM messages WHERE conversation_id = ? AND parent_id IS ? ORDER BY seq");
  siblings.bind(1, id).bind_name(2, found.parent_id);
  while (siblings.step()) found.siblings.push_back(siblings.text(0));
  return found;
}

void SqliteStore::insert_message(const std::string& conversation, const StoredMessage& message) {
  Statement insert(
      database_, fmt::format("INSERT INTO messages (conversation_id, runner, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                             "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             kColumns));
  insert.bind(1, conversation);
  if (message.state == MessageState::kRunning) insert.bind(2, runner());
  insert.bind(3, message.id)
      .bind_name(4, message.parent_id)
      .bind(5, message.role)
      .bind(6, message.content)
      .bind(7, message.reasoning)
      .bind(8, message.raw)
      .bind_name(9, message.model)
      .bind(10, message.parameters_json)
      .bind(11, message_state_name(message.state))
      .bind_name(12, message.finish_reason)
      .bind_name(13, message.error_message)
      .bind_name(14, message.error_code);
  bind_facts(insert, 15, message.facts);
  insert.bind(21, message.created_ms).run();
  Statement attach(database_,
                   "INSERT INTO attachments (message_id, position, name, content, tokens) VALUES (?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < message.attachments.size(); ++i) {
    const Attachment& attachment = message.attachments[i];
    attach.bind(1, message.id)
        .bind(2, static_cast<std::int64_t>(i))
        .bind(3, attachment.name)
        .bind(4, attachment.text)
        .bind(5, attachment.tokens)
        .run();
  }
}

std::vector<StoredMessage> SqliteStore::add(const std::string& owner, const std::string& id,
                                            std::vector<StoredMessage> messages) {
  for (const StoredMessage& message : messages) check_message(message);
  const std::lock_guard lock(mutex_);
  // Not in the transaction: it is there for ever, and its lock must be held before anybody sees the answer.
  if (std::any_of(messages.begin(), messages.end(),
                  [](const auto& each) { return each.state == MessageState::kRunning; }))
    runner();
  Transaction transaction(database_);
  const Conversation conversation = require_kept(owner, id);
  if (static_cast<std::size_t>(conversation.message_count) + messages.size() > StoreLimits::kMessages) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the conversation has {} messages; at most {} are allowed", conversation.message_count,
                            StoreLimits::kMessages),
                "begin another one, or branch from an early message");
  }
  std::unordered_set<std::string> added;
  std::vector<std::string> ids;
  std::string leaf;
  for (StoredMessage& message : messages) {
    if (message.id.empty()) message.id = store_id("msg_");
    if (message.created_ms == 0) message.created_ms = now_ms();
    if (!message.parent_id.empty() && !added.contains(message.parent_id)) require_message(id, message.parent_id);
    insert_message(id, message);
    added.insert(message.id);
    ids.push_back(message.id);
    if (leaf.empty() || message.parent_id == leaf) leaf = message.id;
  }
  if (!leaf.empty()) set_leaf(id, leaf);
  touch(id);
  refresh_title(id);
  messages = load_messages(id, ids, siblings_of(places(id)));
  transaction.commit();
  return messages;
}

std::string SqliteStore::newest_below(const std::string& message_id) {
  Statement child(database_, "SELECT id FROM messages WHERE parent_id = ? ORDER BY seq DESC LIMIT 1");
  std::string at = message_id;
  while (child.bind(1, at).step()) {
    at = child.text(0);
    child.reset();
  }
  return at;
}

std::int64_t SqliteStore::remove_message(const std::string& owner, const std::string& id,
                                         const std::string& message_id) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  const Conversation conversation = load(owner, id);
  const StoredMessage top = load_messages(id, {message_id}, {}).front();
  set_leaf(id, "");
  Statement(
      database_,
      "WITH RECURSIVE below (id) AS (SELECT ? UNION ALL SELECT m.id FROM messages m JOIN below b ON m.parent_id = "
      "b.id) DELETE FROM messages WHERE id IN (SELECT id FROM below)")
      .bind(1, message_id)
      .run();
  const std::int64_t n = database_.changes();
  // The shown path stays if it is still there; else it goes on with the newest alternative, or ends before it.
  Statement still(database_, "SELECT 1 FROM messages WHERE id = ?");
  if (still.bind(1, conversation.leaf_id).step()) {
    set_leaf(id, conversation.leaf_id);
  } else {
    Statement other(database_,
                    "SELECT id FROM messages WHERE conversation_id = ? AND parent_id IS ? ORDER BY seq DESC LIMIT 1");
    const bool has_other = other.bind(1, id).bind_name(2, top.parent_id).step();
    set_leaf(id, has_other ? newest_below(other.text(0)) : top.parent_id);
  }
  transaction.commit();
  return n;
}

void SqliteStore::update_answers(const std::vector<AnswerUpdate>& updates) {
  if (updates.empty()) return;
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  Statement write(
      database_,
      "UPDATE messages SET content = ?, reasoning = ?, raw = ?, state = ?, finish_reason = ?, error_message = "
      "?, error_code = ?, prompt_tokens = ?, cached_tokens = ?, completion_tokens = ?, tokens_per_second = ?, "
      "time_to_first_token_ms = ?, context_length = ?, runner = ? WHERE id = ? RETURNING conversation_id");
  for (const AnswerUpdate& update : updates) {
    const bool runs = update.state == MessageState::kRunning;
    write.bind(1, update.content)
        .bind(2, update.reasoning)
        .bind(3, update.raw)
        .bind(4, message_state_name(update.state))
        .bind_name(5, update.finish_reason)
        .bind_name(6, update.error_message)
        .bind_name(7, update.error_code);
    bind_facts(write, 8, update.facts);
    write.bind(14, runs ? std::optional(runner_) : std::nullopt).bind(15, update.message_id);
    std::string conversation;
    while (write.step()) conversation = write.text(0);
    write.reset();
    if (conversation.empty() || runs) continue;
    touch(conversation);
    refresh_title(conversation);
  }
  transaction.commit();
}

StoredMessage SqliteStore::reopen_answer(const std::string& owner, const std::string& id, const std::string& message_id,
                                         const std::string& model, const std::string& parameters_json) {
  check_name("model", model);
  check_parameters("parameters", parameters_json);
  const std::lock_guard lock(mutex_);
  runner();
  Transaction transaction(database_);
  require_kept(owner, id);
  const StoredMessage before = load_messages(id, {message_id}, {}).front();
  if (before.role != "assistant" || before.state == MessageState::kRunning)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the message '{}' is no answer that has ended", message_id));
  Statement(
      database_,
      "UPDATE messages SET state = 'running', runner = ?, finish_reason = NULL, error_message = NULL, error_code = "
      "NULL, model = ?, parameters = ? WHERE id = ?")
      .bind(1, runner_)
      .bind_name(2, model)
      .bind(3, parameters_json)
      .bind(4, message_id)
      .run();
  touch(id);
  StoredMessage reopened = load_messages(id, {message_id}, siblings_of(places(id))).front();
  transaction.commit();
  return reopened;
}

void SqliteStore::set_attachment_tokens(const std::string& message_id, const std::vector<std::int64_t>& tokens) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  Statement write(database_, "UPDATE attachments SET tokens = ? WHERE message_id = ? AND position = ?");
  for (std::size_t i = 0; i < tokens.size(); ++i)
    write.bind(1, tokens[i]).bind(2, message_id).bind(3, static_cast<std::int64_t>(i)).run();
  transaction.commit();
}

void SqliteStore::refresh_title(const std::string& id) {
  Statement wanted(database_, "SELECT 1 FROM conversations WHERE id = ? AND title_is_automatic = 1 AND title = ''");
  if (!wanted.bind(1, id).step()) return;
  wanted.reset();
  Statement first(database_,
                  "SELECT id, content FROM messages WHERE conversation_id = ? AND parent_id IS NULL AND role = 'user' "
                  "ORDER BY seq LIMIT 1");
  if (!first.bind(1, id).step()) return;
  Statement answer(database_,
                   "SELECT content FROM messages WHERE parent_id = ? AND role = 'assistant' AND state <> 'running' AND "
                   "content <> '' ORDER BY seq LIMIT 1");
  const bool has_answer = answer.bind(1, first.text(0)).step();
  const std::string title = conversation_title(first.text(1), has_answer ? answer.text(0) : std::string());
  if (title.empty()) return;
  Statement(database_, "UPDATE conversations SET title = ? WHERE id = ?").bind(1, title).bind(2, id).run();
}

}  // namespace hearth
