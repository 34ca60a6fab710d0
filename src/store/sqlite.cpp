#include "store/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// SQLite would make it readable for everybody; its companions (-wal, -shm) take over the mode of the file.
void make_private_file(const fs::path& path) {
  std::error_code problem;
  if (!path.parent_path().empty() && fs::create_directories(path.parent_path(), problem))
    fs::permissions(path.parent_path(), fs::perms::owner_all, problem);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return;
  }
  const int failure = errno;
  throw StoreError(ErrorCode::kIo,
                   fmt::format("{}: cannot be opened for writing: {}", path.string(), std::strerror(failure)),
                   failure == EACCES || failure == EPERM || failure == EROFS
                       ? "make the file and its folder writable for you, or let HEARTH_DATA_HOME name another folder"
                       : "HEARTH_DATA_HOME names another folder for it");
}

}  // namespace

StoreError store_error(const fs::path& path, int code, const char* detail) {
  const std::string name = path.string();
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kBusy, fmt::format("{}: another program holds the database locked", name),
              "end that program (fuser shows it), or try again in a moment"};
    case SQLITE_NOTADB:
      return {ErrorCode::kCorruptData, fmt::format("{}: this is no database, or a damaged one", name),
              fmt::format("move it away to begin anew; older states may lie beside it ({}.v*.backup)", name)};
    case SQLITE_CORRUPT:
      return {ErrorCode::kCorruptData, fmt::format("{}: the database is damaged ({})", name, detail),
              fmt::format("'sqlite3 {} .recover' saves what can be read; move it away to begin anew; older states may "
                          "lie beside it ({}.v*.backup)",
                          name, name)};
    case SQLITE_FULL:
      return {ErrorCode::kIo, fmt::format("{}: the disk is full", name), "make room on the disk, then try again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kIo, fmt::format("{}: the database can only be read", name),
              "make the file and its folder writable for you, or let HEARTH_DATA_HOME name another folder"};
    case SQLITE_CANTOPEN:
      return {ErrorCode::kIo, fmt::format("{}: the database cannot be opened", name),
              "its folder must exist and be writable; HEARTH_DATA_HOME names another one"};
    case SQLITE_IOERR:
      return {ErrorCode::kIo, fmt::format("{}: the disk refused a read or a write ({})", name, detail),
              "look at the disk's free space and health, then try again"};
    case SQLITE_NOMEM: return {ErrorCode::kOutOfMemory, fmt::format("{}: out of memory", name)};
    case SQLITE_TOOBIG: return {ErrorCode::kInvalidArgument, fmt::format("{}: a text is too long to be kept", name)};
    default:
      return {ErrorCode::kInternal, fmt::format("{}: {} (SQLite's code {})", name, detail, code),
              "this is a bug in Hearth: please report it"};
  }
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* made = nullptr;
  check(sqlite3_prepare_v2(database_.handle(), sql.data(), static_cast<int>(sql.size()), &made, nullptr));
  statement_.reset(made);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_.fail(code);
}

Statement& Statement::bind(int index, std::string_view text) {
  // A text of no bytes must not be taken for NULL.
  check(sqlite3_bind_text64(statement_.get(), index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), index, number));
  return *this;
}

Statement& Statement::bind(int index, double number) {
  check(sqlite3_bind_double(statement_.get(), index, number));
  return *this;
}

Statement& Statement::bind(int index, std::nullptr_t) {
  check(sqlite3_bind_null(statement_.get(), index));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code);
  return false;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::optional<std::string> Statement::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}
std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}
std::optional<double> Statement::maybe_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

Database::Database(fs::path path, int busy_ms) : path_(std::move(path)) {
  make_private_file(path_);
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(made);
  if (code != SQLITE_OK) throw store_error(path_, code, made == nullptr ? "" : sqlite3_errmsg(made));
  sqlite3_extended_result_codes(handle_.get(), 1);
  sqlite3_busy_timeout(handle_.get(), busy_ms);
  if (sqlite3_db_readonly(handle_.get(), "main") == 1) fail(SQLITE_READONLY);
  // A damaged schema must not lead to writing into the tables below full-text search.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  run("PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON");
  // Readers go on while somebody writes. Where a file system cannot do it, the usual journal is as safe.
  run("PRAGMA journal_mode = WAL");
  // Each commit is on the disk before anybody is told of it: neither a killed process nor a lost machine undoes it.
  run("PRAGMA synchronous = FULL");
}

void Database::fail(int code) const { throw store_error(path_, code, sqlite3_errmsg(handle_.get())); }

void Database::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(sqlite3_extended_errcode(handle_.get()));
}

std::int64_t Database::integer(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

Transaction::Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  // After some failures (a full disk) SQLite has rolled back itself.
  if (is_open_ && sqlite3_get_autocommit(database_.handle()) == 0)
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  is_open_ = false;
}

}  // namespace hearth
