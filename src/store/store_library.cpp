// Presets and prompts: those of the database behind the shipped ones.
#include <fmt/format.h>

#include <algorithm>

#include "store/shipped_library.h"
#include "store/sqlite_store.h"
#include "store/store_checks.h"
#include "store/store_id.h"

namespace hearth {
namespace {

constexpr std::int64_t kMostEntries = 2000;

constexpr const char* kPresetColumns = "id, name, description, system, model, parameters, chat_template";

Preset read_preset(const Statement& row) {
  Preset preset;
  preset.id = row.text(0);
  preset.name = row.text(1);
  preset.description = row.text(2);
  preset.system = row.maybe_text(3);
  preset.model = row.text(4);
  preset.parameters_json = row.text(5);
  preset.chat_template = row.maybe_text(6);
  return preset;
}

SavedPrompt read_prompt(const Statement& row) { return {row.text(0), row.text(1), row.text(2), row.text(3), false}; }

template <typename T>
const T* find_in(std::span<const T> shipped, const std::string& id) {
  const auto found = std::find_if(shipped.begin(), shipped.end(), [&](const T& each) { return each.id == id; });
  return found == shipped.end() ? nullptr : &*found;
}

Error missing(const char* what, const std::string& id) {
  return {ErrorCode::kNotFound, fmt::format("there is no {} '{}'", what, id.substr(0, 80))};
}

[[noreturn]] void refuse_shipped(const char* what, const std::string& id) {
  throw Error(ErrorCode::kUnsupported, fmt::format("the {} '{}' comes with Hearth and cannot be changed", what, id),
              "make a copy of it");
}

void check_room(Database& database, const char* table, const std::string& owner) {
  Statement count(database, fmt::format("SELECT count(*) FROM {} WHERE owner = ?", table));
  count.bind(1, owner).step();
  if (count.integer(0) >= kMostEntries)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("there are {} {} already", count.integer(0), table),
                "delete some that are not needed");
}

/// Slash commands must be clear.
void check_free_name(Database& database, const std::string& owner, const SavedPrompt& prompt) {
  const auto shipped = shipped_prompts();
  bool taken =
      std::any_of(shipped.begin(), shipped.end(), [&](const SavedPrompt& each) { return each.name == prompt.name; });
  Statement row(database, "SELECT 1 FROM prompts WHERE owner = ? AND name = ? AND id <> ?");
  taken = taken || row.bind(1, owner).bind(2, prompt.name).bind(3, prompt.id).step();
  if (taken)
    throw Error(ErrorCode::kUnsupported, fmt::format("there is a prompt '/{}' already", prompt.name),
                "choose another name");
}

}  // namespace

std::vector<Preset> SqliteStore::presets(const std::string& owner) {
  std::vector<Preset> all(shipped_presets().begin(), shipped_presets().end());
  const std::lock_guard lock(mutex_);
  Statement rows(database_, fmt::format("SELECT {} FROM presets WHERE owner = ? ORDER BY seq", kPresetColumns));
  rows.bind(1, owner);
  while (rows.step()) all.push_back(read_preset(rows));
  return all;
}

Preset SqliteStore::preset(const std::string& owner, const std::string& id) {
  if (const Preset* shipped = find_in(shipped_presets(), id)) return *shipped;
  const std::lock_guard lock(mutex_);
  Statement row(database_, fmt::format("SELECT {} FROM presets WHERE owner = ? AND id = ?", kPresetColumns));
  if (!row.bind(1, owner).bind(2, id).step()) throw missing("preset", id);
  return read_preset(row);
}

Preset SqliteStore::add_preset(const std::string& owner, Preset preset) {
  check_preset(preset);
  preset.id = store_id("pre_");
  preset.shipped = false;
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  check_room(database_, "presets", owner);
  Statement(database_, fmt::format("INSERT INTO presets (owner, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kPresetColumns))
      .bind(1, owner)
      .bind(2, preset.id)
      .bind(3, preset.name)
      .bind(4, preset.description)
      .bind(5, preset.system)
      .bind_name(6, preset.model)
      .bind(7, preset.parameters_json)
      .bind(8, preset.chat_template)
      .run();
  transaction.commit();
  return preset;
}

void SqliteStore::change_preset(const std::string& owner, const Preset& preset) {
  if (find_in(shipped_presets(), preset.id) != nullptr) refuse_shipped("preset", preset.id);
  check_preset(preset);
  const std::lock_guard lock(mutex_);
  Statement(
      database_,
      "UPDATE presets SET name = ?, description = ?, system = ?, model = ?, parameters = ?, chat_template = ? WHERE "
      "owner = ? AND id = ?")
      .bind(1, preset.name)
      .bind(2, preset.description)
      .bind(3, preset.system)
      .bind_name(4, preset.model)
      .bind(5, preset.parameters_json)
      .bind(6, preset.chat_template)
      .bind(7, owner)
      .bind(8, preset.id)
      .run();
  if (database_.changes() == 0) throw missing("preset", preset.id);
}

void SqliteStore::remove_preset(const std::string& owner, const std::string& id) {
  if (find_in(shipped_presets(), id) != nullptr) refuse_shipped("preset", id);
  const std::lock_guard lock(mutex_);
  Statement(database_, "DELETE FROM presets WHERE owner = ? AND id = ?").bind(1, owner).bind(2, id).run();
  if (database_.changes() == 0) throw missing("preset", id);
}

std::vector<SavedPrompt> SqliteStore::prompts(const std::string& owner) {
  std::vector<SavedPrompt> all(shipped_prompts().begin(), shipped_prompts().end());
  const std::lock_guard lock(mutex_);
  Statement rows(database_, "SELECT id, name, description, content FROM prompts WHERE owner = ? ORDER BY name");
  rows.bind(1, owner);
  while (rows.step()) all.push_back(read_prompt(rows));
  return all;
}

SavedPrompt SqliteStore::prompt(const std::string& owner, const std::string& id) {
  if (const SavedPrompt* shipped = find_in(shipped_prompts(), id)) return *shipped;
  const std::lock_guard lock(mutex_);
  Statement row(database_, "SELECT id, name, description, content FROM prompts WHERE owner = ? AND id = ?");
  if (!row.bind(1, owner).bind(2, id).step()) throw missing("prompt", id);
  return read_prompt(row);
}

SavedPrompt SqliteStore::add_prompt(const std::string& owner, SavedPrompt prompt) {
  check_prompt(prompt);
  prompt.id = store_id("prm_");
  prompt.shipped = false;
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  check_room(database_, "prompts", owner);
  check_free_name(database_, owner, prompt);
  Statement(database_, "INSERT INTO prompts (owner, id, name, description, content) VALUES (?, ?, ?, ?, ?)")
      .bind(1, owner)
      .bind(2, prompt.id)
      .bind(3, prompt.name)
      .bind(4, prompt.description)
      .bind(5, prompt.text)
      .run();
  transaction.commit();
  return prompt;
}

void SqliteStore::change_prompt(const std::string& owner, const SavedPrompt& prompt) {
  if (find_in(shipped_prompts(), prompt.id) != nullptr) refuse_shipped("prompt", prompt.id);
  check_prompt(prompt);
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  check_free_name(database_, owner, prompt);
  Statement(database_, "UPDATE prompts SET name = ?, description = ?, content = ? WHERE owner = ? AND id = ?")
      .bind(1, prompt.name)
      .bind(2, prompt.description)
      .bind(3, prompt.text)
      .bind(4, owner)
      .bind(5, prompt.id)
      .run();
  if (database_.changes() == 0) throw missing("prompt", prompt.id);
  transaction.commit();
}

void SqliteStore::remove_prompt(const std::string& owner, const std::string& id) {
  if (find_in(shipped_prompts(), id) != nullptr) refuse_shipped("prompt", id);
  const std::lock_guard lock(mutex_);
  Statement(database_, "DELETE FROM prompts WHERE owner = ? AND id = ?").bind(1, owner).bind(2, id).run();
  if (database_.changes() == 0) throw missing("prompt", id);
}

}  // namespace hearth
