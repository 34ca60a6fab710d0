// Brings a database to the version that this program knows, step by step, with a copy of it beside it before each step.
// A database of a newer program is refused. The steps themselves are in schema.h.
#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "store/sqlite.h"

namespace hearth {

/// From version `to` - 1 to `to`. Runs in a transaction of its own, which also writes the version.
struct Migration {
  std::int64_t to = 0;
  std::function<void(Database&)> apply;
};

/// `migrations`: to 1, 2, 3 … in order. Any number of processes may do this at once; one of them does the work. Errors:
/// StoreError; a step that fails leaves the database as it was.
void migrate(Database& database, std::span<const Migration> migrations);

/// Where the database of version `version` is copied to before it is changed.
std::filesystem::path backup_path(const std::filesystem::path& database, std::int64_t version);

}  // namespace hearth
