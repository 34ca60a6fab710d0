// Opening the store: the file, its version, and what a dead process left behind.
#include <filesystem>
#include <vector>

#include "hearth/system.h"
#include "store/schema.h"
#include "store/sqlite_store.h"
#include "store/store_id.h"

namespace hearth {

const char* message_state_name(MessageState state) {
  switch (state) {
    case MessageState::kRunning: return "running";
    case MessageState::kDone: return "done";
    case MessageState::kCut: return "cut";
    case MessageState::kFailed: return "failed";
  }
  return "done";
}

std::string ConversationStore::usual_path() {
  return (std::filesystem::path(paths().data_folder) / "hearth.db").string();
}

std::shared_ptr<ConversationStore> ConversationStore::open(const std::string& path) {
  return std::make_shared<SqliteStore>(path);
}

SqliteStore::SqliteStore(const std::string& path, int busy_ms) : database_(path, busy_ms), lock_(path) {
  migrate(database_, store_migrations());
  cut_dead_answers();
  purge();
}

std::int64_t SqliteStore::runner() {
  if (runner_ != 0) return runner_;
  Statement(database_, "INSERT INTO runners (begun_ms) VALUES (?)").bind(1, now_ms()).run();
  const std::int64_t made = sqlite3_last_insert_rowid(database_.handle());
  lock_.hold(made);
  return runner_ = made;
}

void SqliteStore::cut_dead_answers() {
  std::vector<std::int64_t> dead;
  {
    Statement running(database_, "SELECT DISTINCT runner FROM messages WHERE state = 'running'");
    while (running.step()) {
      if (!lock_.is_alive(running.integer(0))) dead.push_back(running.integer(0));
    }
  }
  if (dead.empty()) return;
  Transaction transaction(database_);
  for (const std::int64_t runner : dead) {
    Statement(database_, "UPDATE messages SET state = 'cut', runner = NULL WHERE state = 'running' AND runner IS ?")
        .bind(1, runner)
        .run();
  }
  transaction.commit();
}

std::int64_t SqliteStore::purge() {
  const std::lock_guard lock(mutex_);
  const std::int64_t before = now_ms() - kKeepDeletedMs;
  Statement any(database_, "SELECT EXISTS (SELECT 1 FROM conversations WHERE deleted_ms < ?)");
  if (!any.bind(1, before).step() || any.integer(0) == 0) return 0;  // no need of the write lock
  any.reset();
  Transaction transaction(database_);
  Statement(database_, "UPDATE conversations SET leaf_id = NULL WHERE deleted_ms < ?").bind(1, before).run();
  Statement(database_, "DELETE FROM conversations WHERE deleted_ms < ?").bind(1, before).run();
  const std::int64_t n = database_.changes();
  transaction.commit();
  return n;
}

}  // namespace hearth
