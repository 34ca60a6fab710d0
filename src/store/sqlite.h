// SQLite as the store uses it: a connection, statements that end with their scope, transactions that roll back unless
// they are committed. Its failures are StoreErrors that name the file and say what to do. It knows no tables.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hearth/conversations.h"

namespace hearth {

/// What SQLite's result code means for this file.
StoreError store_error(const std::filesystem::path& path, int code, const char* detail);

class Database;

/// Not thread-safe, as its connection.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters, from 1 on. The texts are copied.
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
  Statement& bind(int index, const std::string& text) { return bind(index, std::string_view(text)); }
  Statement& bind(int index, std::int64_t number);
  Statement& bind(int index, bool value) { return bind(index, std::int64_t{value}); }
  Statement& bind(int index, double number);
  Statement& bind(int index, std::nullptr_t);
  template <typename T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind(index, nullptr);
  }
  /// NULL where it is empty.
  Statement& bind_name(int index, const std::string& text) {
    return text.empty() ? bind(index, nullptr) : bind(index, text);
  }

  /// Goes on to the next row; false: there is none.
  bool step();
  /// For what gives no rows; may be bound and run again.
  void run();
  void reset();

  // Columns of the row, from 0 on. NULL is an empty text and 0.
  bool is_null(int column) const;
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::optional<std::string> maybe_text(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<double> maybe_real(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void check(int code) const;

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection. Not thread-safe.
class Database {
 public:
  /// Opens the file, or makes it, for its owner only. `busy_ms`: how long to wait for another process's lock. Errors:
  /// StoreError, also for a file that can only be read.
  explicit Database(std::filesystem::path path, int busy_ms = 5000);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql);  ///< any number of statements, rows are ignored
  std::int64_t integer(const std::string& sql);
  std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
  const std::filesystem::path& path() const { return path_; }
  sqlite3* handle() { return handle_.get(); }

  [[noreturn]] void fail(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Takes the write lock at once, so that what is read in it still holds when it is written.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace hearth
