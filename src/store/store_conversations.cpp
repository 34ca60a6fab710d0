// Conversations: made, found, listed, changed, deleted and restored.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>
#include <variant>

#include "store/search_query.h"
#include "store/sqlite_store.h"
#include "store/store_checks.h"
#include "store/store_id.h"

namespace hearth {
namespace {

constexpr const char* kColumns =
    "c.id, c.title, c.title_is_automatic, c.model, c.preset_id, c.system, c.parameters, c.folder, c.pinned, "
    "c.created_ms, c.updated_ms, c.deleted_ms, c.leaf_id, "
    "(SELECT count(*) FROM messages m WHERE m.conversation_id = c.id), c.seq";
constexpr int kSeqColumn = 14;

Conversation read_conversation(const Statement& row) {
  Conversation conversation;
  conversation.id = row.text(0);
  conversation.title = row.text(1);
  conversation.title_is_automatic = row.integer(2) != 0;
  conversation.model = row.text(3);
  conversation.preset_id = row.text(4);
  conversation.system = row.maybe_text(5);
  conversation.parameters_json = row.text(6);
  conversation.folder = row.text(7);
  conversation.pinned = row.integer(8) != 0;
  conversation.created_ms = row.integer(9);
  conversation.updated_ms = row.integer(10);
  conversation.deleted_ms = row.maybe_integer(11);
  conversation.leaf_id = row.text(12);
  conversation.message_count = row.integer(13);
  return conversation;
}

Error no_conversation(const std::string& id) {
  return {ErrorCode::kNotFound, fmt::format("there is no conversation '{}'", id.substr(0, 80))};
}

using Value = std::variant<std::string, std::int64_t>;

/// Conditions with what they are compared to.
struct Where {
  std::string sql = "c.owner = ?";
  std::vector<Value> values;

  void add(std::string_view condition, std::vector<Value> more) {
    sql += fmt::format(" AND ({})", condition);
    for (Value& value : more) values.push_back(std::move(value));
  }
  void bind_to(Statement& statement) const {
    for (std::size_t i = 0; i < values.size(); ++i)
      std::visit([&](const auto& value) { statement.bind(static_cast<int>(i) + 1, value); }, values[i]);
  }
};

/// "1.1763718000123.42": pinned, time, seq of the last one of a page.
void add_cursor(Where& where, const std::string& cursor) {
  std::int64_t parts[3] = {};
  const char *at = cursor.data(), *end = at + cursor.size();
  for (int i = 0; i < 3; ++i) {
    const auto [behind, failure] = std::from_chars(at, end, parts[i]);
    const bool is_last = i == 2;
    if (failure != std::errc() || (is_last ? behind != end : behind == end || *behind != '.'))
      throw Error(ErrorCode::kInvalidArgument, "cursor is none that a list has given");
    at = is_last ? end : behind + 1;
  }
  where.add("(c.pinned, c.updated_ms, c.seq) < (?, ?, ?)", {parts[0], parts[1], parts[2]});
}

std::vector<NameCount> read_counts(Statement& rows) {
  std::vector<NameCount> counts;
  while (rows.step()) counts.push_back({rows.text(0), rows.integer(1)});
  return counts;
}

}  // namespace

Conversation SqliteStore::load(const std::string& owner, const std::string& id) {
  Statement row(database_, fmt::format("SELECT {} FROM conversations c WHERE c.id = ? AND c.owner = ?", kColumns));
  if (!row.bind(1, id).bind(2, owner).step()) throw no_conversation(id);
  Conversation conversation = read_conversation(row);
  read_tags(conversation);
  return conversation;
}

Conversation SqliteStore::require_kept(const std::string& owner, const std::string& id) {
  Conversation conversation = load(owner, id);
  if (conversation.deleted_ms)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the conversation '{}' was deleted", id), "restore it first");
  return conversation;
}

void SqliteStore::read_tags(Conversation& conversation) {
  Statement rows(database_, "SELECT tag FROM conversation_tags WHERE conversation_id = ? ORDER BY position");
  rows.bind(1, conversation.id);
  while (rows.step()) conversation.tags.push_back(rows.text(0));
}

void SqliteStore::write_tags(const std::string& id, const std::vector<std::string>& tags) {
  Statement(database_, "DELETE FROM conversation_tags WHERE conversation_id = ?").bind(1, id).run();
  Statement insert(database_,
                   "INSERT OR IGNORE INTO conversation_tags (conversation_id, position, tag) VALUES (?, ?, ?)");
  for (std::size_t i = 0; i < tags.size(); ++i)
    insert.bind(1, id).bind(2, static_cast<std::int64_t>(i)).bind(3, tags[i]).run();
}

void SqliteStore::insert_conversation(const std::string& owner, const Conversation& conversation) {
  Statement insert(database_,
                   "INSERT INTO conversations (id, owner, title, title_is_automatic, model, preset_id, system, "
                   "parameters, folder, pinned, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, conversation.id)
      .bind(2, owner)
      .bind(3, conversation.title)
      .bind(4, conversation.title_is_automatic)
      .bind_name(5, conversation.model)
      .bind_name(6, conversation.preset_id)
      .bind(7, conversation.system)
      .bind(8, conversation.parameters_json)
      .bind_name(9, conversation.folder)
      .bind(10, conversation.pinned)
      .bind(11, conversation.created_ms)
      .bind(12, conversation.updated_ms)
      .run();
  write_tags(conversation.id, conversation.tags);
}

Conversation SqliteStore::create(const std::string& owner, Conversation conversation) {
  check_conversation(conversation);
  conversation.id = store_id("cnv_");
  conversation.created_ms = conversation.updated_ms = now_ms();
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  insert_conversation(owner, conversation);
  Conversation made = load(owner, conversation.id);
  transaction.commit();
  return made;
}

Conversation SqliteStore::find(const std::string& owner, const std::string& id) {
  const std::lock_guard lock(mutex_);
  return load(owner, id);
}

ConversationPage SqliteStore::list(const std::string& owner, const ConversationFilter& filter) {
  Where where;
  where.values.emplace_back(owner);
  where.add(filter.deleted ? "c.deleted_ms IS NOT NULL" : "c.deleted_ms IS NULL", {});
  if (filter.folder) where.add("coalesce(c.folder, '') = ?", {*filter.folder});
  if (filter.tag)
    where.add("EXISTS (SELECT 1 FROM conversation_tags t WHERE t.conversation_id = c.id AND t.tag = ?)", {*filter.tag});
  if (filter.pinned) where.add("c.pinned = ?", {std::int64_t{*filter.pinned}});
  if (!filter.cursor.empty()) add_cursor(where, filter.cursor);
  const std::string expression = search_expression(filter.query);
  if (!filter.query.empty()) {
    if (expression.empty()) return {};
    where.add(
        "c.seq IN (SELECT rowid FROM title_search WHERE title_search MATCH ?) OR c.id IN (SELECT m.conversation_id "
        "FROM message_search s JOIN messages m ON m.seq = s.rowid WHERE message_search MATCH ?)",
        {expression, expression});
  }
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, StoreLimits::kPage);
  const std::lock_guard lock(mutex_);
  Statement rows(
      database_,
      fmt::format("SELECT {} FROM conversations c WHERE {} ORDER BY c.pinned DESC, c.updated_ms DESC, c.seq DESC "
                  "LIMIT {}",
                  kColumns, where.sql, limit + 1));
  where.bind_to(rows);
  ConversationPage page;
  std::int64_t last_seq = 0;
  while (rows.step()) {
    if (page.conversations.size() == limit) {
      const Conversation& last = page.conversations.back();
      page.next_cursor = fmt::format("{}.{}.{}", int{last.pinned}, last.updated_ms, last_seq);
      break;
    }
    page.conversations.push_back(read_conversation(rows));
    last_seq = rows.integer(kSeqColumn);
  }
  for (Conversation& conversation : page.conversations) read_tags(conversation);
  if (!expression.empty()) add_snippets(page.conversations, expression);
  return page;
}

void SqliteStore::add_snippets(std::vector<Conversation>& found, const std::string& expression) {
  std::map<std::string, std::int64_t> newest;
  Statement hits(database_,
                 "SELECT m.conversation_id, max(m.seq) FROM message_search s JOIN messages m ON m.seq = s.rowid WHERE "
                 "message_search MATCH ? GROUP BY m.conversation_id");
  hits.bind(1, expression);
  while (hits.step()) newest[hits.text(0)] = hits.integer(1);
  Statement of_message(database_,
                       "SELECT snippet(message_search, 0, char(1), char(2), '…', 24) FROM message_search WHERE "
                       "message_search MATCH ? AND rowid = ?");
  Statement of_title(database_,
                     "SELECT highlight(title_search, 0, char(1), char(2)) FROM title_search WHERE title_search MATCH ? "
                     "AND rowid = (SELECT seq FROM conversations WHERE id = ?)");
  for (Conversation& conversation : found) {
    const auto hit = newest.find(conversation.id);
    Statement& snippet = hit == newest.end() ? of_title : of_message;
    snippet.bind(1, expression);
    if (hit == newest.end()) {
      snippet.bind(2, conversation.id);
    } else {
      snippet.bind(2, hit->second);
    }
    if (snippet.step()) conversation.snippet = snippet.text(0);
    snippet.reset();
  }
}

Conversation SqliteStore::change(const std::string& owner, const std::string& id, const ConversationChanges& changes) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  Conversation conversation = load(owner, id);
  if (changes.title) {
    conversation.title = *changes.title;
    conversation.title_is_automatic = changes.title->empty();
  }
  if (changes.pinned) conversation.pinned = *changes.pinned;
  if (changes.folder) conversation.folder = *changes.folder;
  if (changes.model) conversation.model = *changes.model;
  if (changes.preset_id) conversation.preset_id = *changes.preset_id;
  if (changes.system) conversation.system = *changes.system;
  if (changes.tags) conversation.tags = *changes.tags;
  if (changes.parameters_json) conversation.parameters_json = *changes.parameters_json;
  check_conversation(conversation);
  Statement(database_,
            "UPDATE conversations SET title = ?, title_is_automatic = ?, model = ?, preset_id = ?, system = ?, "
            "parameters = ?, folder = ?, pinned = ? WHERE id = ?")
      .bind(1, conversation.title)
      .bind(2, conversation.title_is_automatic)
      .bind_name(3, conversation.model)
      .bind_name(4, conversation.preset_id)
      .bind(5, conversation.system)
      .bind(6, conversation.parameters_json)
      .bind_name(7, conversation.folder)
      .bind(8, conversation.pinned)
      .bind(9, id)
      .run();
  if (changes.tags) write_tags(id, conversation.tags);
  if (changes.leaf_id) {
    require_message(id, *changes.leaf_id);
    set_leaf(id, newest_below(*changes.leaf_id));
  }
  if (changes.title && changes.title->empty()) refresh_title(id);
  conversation = load(owner, id);
  transaction.commit();
  return conversation;
}

void SqliteStore::set_leaf(const std::string& id, const std::string& leaf) {
  Statement(database_, "UPDATE conversations SET leaf_id = ? WHERE id = ?").bind_name(1, leaf).bind(2, id).run();
}

void SqliteStore::touch(const std::string& id) {
  Statement(database_, "UPDATE conversations SET updated_ms = ? WHERE id = ?").bind(1, now_ms()).bind(2, id).run();
}

std::int64_t SqliteStore::remove(const std::string& owner, const std::string& id) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  const Conversation conversation = load(owner, id);
  const std::int64_t deleted_ms = conversation.deleted_ms.value_or(now_ms());
  Statement(database_, "UPDATE conversations SET deleted_ms = ? WHERE id = ?").bind(1, deleted_ms).bind(2, id).run();
  transaction.commit();
  return deleted_ms + kKeepDeletedMs;
}

void SqliteStore::remove_forever(const std::string& owner, const std::string& id) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  load(owner, id);
  set_leaf(id, "");
  Statement(database_, "DELETE FROM conversations WHERE id = ?").bind(1, id).run();
  transaction.commit();
}

Conversation SqliteStore::restore(const std::string& owner, const std::string& id) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  load(owner, id);
  Statement(database_, "UPDATE conversations SET deleted_ms = NULL WHERE id = ?").bind(1, id).run();
  Conversation conversation = load(owner, id);
  transaction.commit();
  return conversation;
}

std::vector<NameCount> SqliteStore::folders(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  Statement rows(database_,
                 "SELECT folder, count(*) FROM conversations WHERE owner = ? AND folder IS NOT NULL AND deleted_ms IS "
                 "NULL GROUP BY folder ORDER BY folder COLLATE NOCASE");
  return read_counts(rows.bind(1, owner));
}

std::vector<NameCount> SqliteStore::tags(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  Statement rows(
      database_,
      "SELECT t.tag, count(*) FROM conversation_tags t JOIN conversations c ON c.id = t.conversation_id WHERE "
      "c.owner = ? AND c.deleted_ms IS NULL GROUP BY t.tag ORDER BY t.tag COLLATE NOCASE");
  return read_counts(rows.bind(1, owner));
}

}  // namespace hearth
