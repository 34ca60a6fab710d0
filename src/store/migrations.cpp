#include "store/migrations.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace hearth {
namespace {

namespace fs = std::filesystem;

void flush_to_disk(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = fd >= 0 && ::fsync(fd) == 0;
  const int failure = errno;
  if (fd >= 0) ::close(fd);
  if (!flushed)
    throw StoreError(ErrorCode::kIo, fmt::format("{}: cannot be written: {}", path.string(), std::strerror(failure)),
                     "make room on the disk, then try again");
}

/// As it is on the disk. The caller holds the write lock, so nobody changes it meanwhile; a second connection reads it,
/// for SQLite does not copy out of an open transaction.
void back_up(Database& database, std::int64_t version) {
  const fs::path target = backup_path(database.path(), version);
  fs::path partial = target;
  partial += ".partial";
  std::error_code ignored;
  fs::remove(partial, ignored);
  try {
    Database source(database.path());
    const int fd = ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) throw store_error(partial, SQLITE_CANTOPEN, std::strerror(errno));
    ::close(fd);
    sqlite3* made = nullptr;
    int code = sqlite3_open_v2(partial.c_str(), &made, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)> copy(made, &sqlite3_close_v2);
    if (code != SQLITE_OK) throw store_error(partial, code, sqlite3_errmsg(made));
    sqlite3_backup* backup = sqlite3_backup_init(made, "main", source.handle(), "main");
    if (backup == nullptr) throw store_error(partial, sqlite3_errcode(made), sqlite3_errmsg(made));
    sqlite3_backup_step(backup, -1);
    code = sqlite3_backup_finish(backup);
    if (code != SQLITE_OK) throw store_error(partial, code, sqlite3_errmsg(made));
    // The copy is one file: what is in no log cannot be forgotten when it is moved.
    code = sqlite3_exec(made, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw store_error(partial, code, sqlite3_errmsg(made));
  } catch (...) {
    fs::remove(partial, ignored);
    throw;
  }
  flush_to_disk(partial);
  std::error_code problem;
  fs::rename(partial, target, problem);
  if (problem) throw store_error(target, SQLITE_CANTOPEN, problem.message().c_str());
  flush_to_disk(target.parent_path().empty() ? fs::path(".") : target.parent_path());
}

std::int64_t version_of(Database& database) { return database.integer("PRAGMA user_version"); }

}  // namespace

fs::path backup_path(const fs::path& database, std::int64_t version) {
  return fmt::format("{}.v{}.backup", database.string(), version);
}

void migrate(Database& database, std::span<const Migration> migrations) {
  const std::int64_t newest = migrations.empty() ? 0 : migrations.back().to;
  const auto refuse_newer = [&](std::int64_t version) {
    if (version <= newest) return;
    throw StoreError(ErrorCode::kUnsupported,
                     fmt::format("{}: the database has version {}, and this program knows versions up to {}",
                                 database.path().string(), version, newest),
                     "a newer Hearth made it: use that one");
  };
  refuse_newer(version_of(database));
  for (const Migration& migration : migrations) {
    if (version_of(database) >= migration.to) continue;
    Transaction transaction(database);
    // Another process may have been faster while this one waited for the lock.
    const std::int64_t version = version_of(database);
    refuse_newer(version);
    if (version >= migration.to) continue;
    if (version > 0) back_up(database, version);  // an empty one has nothing to lose
    migration.apply(database);
    database.run(fmt::format("PRAGMA user_version = {}", migration.to));
    transaction.commit();
  }
}

}  // namespace hearth
