#include "store/schema.h"

#include <array>

namespace hearth {
namespace {

// `seq` counts in the order of creation and is what full-text search knows a row by; `id` is what everybody else does.
// A running answer is not in the index: it changes every second, and is found when it has ended. Parents take no
// children with them when they go: SQLite would recurse once for each message of a long conversation, and refuse at
// 1,000; who deletes a message deletes what follows it, and the check comes at the end.
constexpr const char* kVersion1 = R"SQL(
CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  title TEXT NOT NULL,
  title_is_automatic INTEGER NOT NULL,
  model TEXT,
  preset_id TEXT,
  system TEXT,
  parameters TEXT NOT NULL,
  folder TEXT,
  pinned INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  deleted_ms INTEGER,
  leaf_id TEXT REFERENCES messages (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX conversations_by_age ON conversations (owner, pinned DESC, updated_ms DESC, seq DESC);
CREATE INDEX conversations_by_leaf ON conversations (leaf_id);
CREATE INDEX conversations_deleted ON conversations (deleted_ms) WHERE deleted_ms IS NOT NULL;

CREATE TABLE conversation_tags (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (conversation_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  parent_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  content TEXT NOT NULL,
  reasoning TEXT NOT NULL,
  raw TEXT NOT NULL,
  model TEXT,
  parameters TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cut', 'failed')),
  runner INTEGER,
  finish_reason TEXT,
  error_message TEXT,
  error_code TEXT,
  prompt_tokens INTEGER,
  cached_tokens INTEGER,
  completion_tokens INTEGER,
  tokens_per_second REAL,
  time_to_first_token_ms INTEGER,
  context_length INTEGER,
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation_id, seq);
CREATE INDEX messages_by_parent ON messages (parent_id);
CREATE INDEX messages_running ON messages (runner) WHERE state = 'running';

CREATE TABLE attachments (
  message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  tokens INTEGER,
  PRIMARY KEY (message_id, position)
) STRICT;

CREATE TABLE presets (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  system TEXT,
  model TEXT,
  parameters TEXT NOT NULL,
  chat_template TEXT
) STRICT;
CREATE INDEX presets_by_owner ON presets (owner, seq);

CREATE TABLE prompts (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (owner, name)
) STRICT;

-- A number for each process that writes answers, ever.
CREATE TABLE runners (id INTEGER PRIMARY KEY AUTOINCREMENT, begun_ms INTEGER NOT NULL) STRICT;

CREATE VIRTUAL TABLE title_search USING fts5 (title, content = 'conversations', content_rowid = 'seq',
                                              tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE TRIGGER title_added AFTER INSERT ON conversations BEGIN
  INSERT INTO title_search (rowid, title) VALUES (new.seq, new.title);
END;
CREATE TRIGGER title_removed AFTER DELETE ON conversations BEGIN
  INSERT INTO title_search (title_search, rowid, title) VALUES ('delete', old.seq, old.title);
END;
CREATE TRIGGER title_changed AFTER UPDATE OF title ON conversations BEGIN
  INSERT INTO title_search (title_search, rowid, title) VALUES ('delete', old.seq, old.title);
  INSERT INTO title_search (rowid, title) VALUES (new.seq, new.title);
END;

CREATE VIRTUAL TABLE message_search USING fts5 (content, content = 'messages', content_rowid = 'seq',
                                                tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE TRIGGER message_added AFTER INSERT ON messages WHEN new.state <> 'running' BEGIN
  INSERT INTO message_search (rowid, content) VALUES (new.seq, new.content);
END;
CREATE TRIGGER message_removed AFTER DELETE ON messages WHEN old.state <> 'running' BEGIN
  INSERT INTO message_search (message_search, rowid, content) VALUES ('delete', old.seq, old.content);
END;
-- One trigger: what stood there must have left the index before the new text comes.
CREATE TRIGGER message_changed AFTER UPDATE OF content, state ON messages BEGIN
  INSERT INTO message_search (message_search, rowid, content)
    SELECT 'delete', old.seq, old.content WHERE old.state <> 'running';
  INSERT INTO message_search (rowid, content) SELECT new.seq, new.content WHERE new.state <> 'running';
END;
)SQL";

}  // namespace

std::span<const Migration> store_migrations() {
  static const std::array migrations = {
      Migration{1, [](Database& database) { database.run(kVersion1); }},
  };
  return migrations;
}

}  // namespace hearth
