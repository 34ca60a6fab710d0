#include "runtime/library/pulled_record.h"

#include "base/file.h"
#include "base/json.h"
#include "base/unicode.h"
#include "hearth/error.h"
#include "hub/download/file_lock.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFile = 16 << 20;

fs::path record_file(const fs::path& data_folder) { return data_folder / "pulled.json"; }

/// Two pulls may end at once: one after the other changes the record.
template <typename Change>
void change_record(const fs::path& data_folder, Change change) {
  const FileLock lock = FileLock::wait_for(data_folder / "pulled.lock", nullptr, {});
  std::set<std::string> models = pulled_models(data_folder);
  change(models);
  json::array array;
  for (const std::string& model : models) array.push_back(json::string(model));
  write_file_atomic(record_file(data_folder), json::serialize(json::object{{"models", std::move(array)}}) + "\n");
}

}  // namespace

std::set<std::string> pulled_models(const fs::path& data_folder) {
  std::set<std::string> models;
  try {
    const json::value parsed = load_json(record_file(data_folder), kMaxFile);
    const JsonObject record(parsed, "record");
    const json::array* array = record.array("models");
    if (array == nullptr) return models;
    for (const json::value& model : *array) {
      if (model.is_string()) models.insert(std::string(model.get_string().c_str()));
    }
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): as the header says
  }
  return models;
}

void record_pulled(const fs::path& data_folder, const fs::path& model) {
  if (!is_valid_utf8(model.string())) return;  // JSON cannot hold it
  change_record(data_folder, [&](std::set<std::string>& models) { models.insert(model.string()); });
}

void forget_pulled(const fs::path& data_folder, const fs::path& model) {
  if (!pulled_models(data_folder).contains(model.string())) return;
  change_record(data_folder, [&](std::set<std::string>& models) { models.erase(model.string()); });
}

}  // namespace hearth
