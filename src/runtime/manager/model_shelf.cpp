#include "runtime/manager/model_shelf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/near_name.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "hearth/error.h"
#include "runtime/library/library.h"
#include "runtime/manager/file_state.h"
#include "runtime/manager/shelf_scan.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFresh{1000};           // a list so young is not made again
constexpr milliseconds kFreshForNewName{100};  // of one folder, which is quickly read; so wrong names cost little
constexpr std::size_t kLongestName = 512;
constexpr std::size_t kMostFound = 1000;  // names that are remembered besides those of the list
constexpr std::size_t kNearNames = 3;
constexpr std::string_view kLatest = ":latest";

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::exists(path, ignored);
}

std::uint64_t bytes_of(const std::vector<std::string>& files) {
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const std::string& file : files) {
    const auto size = fs::file_size(file, ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

ShelfModel at_path(const std::string& path, std::string id) {
  ShelfModel model;
  model.id = std::move(id);
  model.path = path;
  model.files = files_of_model(path);
  model.store = "folder";
  model.bytes = bytes_of(model.files);
  return model;
}

ShelfModel from_store(const Library& library, const StoredModel& stored) {
  ShelfModel model;
  model.id = stored.name;
  model.path = stored.path.string();
  for (const fs::path& file : stored.files) model.files.push_back(file.string());
  model.store = stored.store;
  model.bytes = stored.bytes;
  model.quantization = stored.quantization;
  if (stored.repository.empty()) return model;
  for (const CatalogEntry& entry : library.catalog().entries()) {
    if (entry.repository != stored.repository) continue;
    std::string name = entry.full_name();
    if (!stored.quantization.empty() && entry.is_gguf()) name += "-" + stored.quantization;
    model.other_names.push_back(std::move(name));
  }
  return model;
}

std::vector<ShelfModel> everything() {
  const Library library;
  std::vector<ShelfModel> models;
  std::set<std::string> ids;
  for (const StoredModel& stored : library.stored_models()) {
    if (!stored.problem.empty() || !ids.insert(lower(stored.name)).second) continue;
    models.push_back(from_store(library, stored));
  }
  for (const auto& [alias, target] : aliases()) {
    const auto means = [&, name = target](const ShelfModel& model) {
      return model.id == name || model.path == name ||
             std::find(model.other_names.begin(), model.other_names.end(), name) != model.other_names.end();
    };
    const auto found = std::find_if(models.begin(), models.end(), means);
    if (found != models.end()) {
      found->other_names.push_back(alias);
    } else if (exists(target) && ids.insert(lower(alias)).second) {
      models.push_back(at_path(target, alias));
    }
  }
  return models;
}

/// Whether a name may only be a path: no library is asked for it.
bool is_path_like(const std::string& name) {
  return name.starts_with('/') || name.starts_with('.') || name.starts_with('~') ||
         name.find("..") != std::string::npos || name.find('\\') != std::string::npos;
}

bool is_sound(const std::string& name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }) &&
         is_valid_utf8(name);
}

}  // namespace

ModelShelf::ModelShelf(const ModelManagerOptions& options)
    : names_(options.names),
      folder_(options.models_dir),
      allow_paths_(options.allow_paths),
      on_problem_(options.on_problem) {
  refresh();
  if (names_.empty()) return;
  std::set<std::string> ids;
  for (const ShelfModel& model : snapshot()->models) {
    if (!ids.insert(lower(model.id)).second) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("two models would be called {}", quote(model.id)),
                  "give one of them an alias: 'hearth alias NAME PATH'");
    }
  }
}

std::vector<ShelfModel> ModelShelf::scan_names() const {
  std::vector<ShelfModel> models;
  const bool is_first = snapshot() == nullptr;
  for (const std::string& name : names_) {
    const auto path = find_model(name);
    // What was there at the start and is gone now is no longer offered, and offered again when it comes back.
    if (!path && is_first) (void)locate_model(name);  // throws, and says what to do
    if (!path) continue;
    models.push_back(at_path(*path, *path == name ? stem_of_model(fs::absolute(name)) : name));
    if (is_first && !is_sound(models.back().id)) {
      throw Error(
          ErrorCode::kInvalidArgument,
          fmt::format("{} can be no model's name: it is not UTF-8, holds control characters or is longer than {} "
                      "bytes",
                      quote(models.back().id), kLongestName),
          "rename the file, or give it an alias: 'hearth alias NAME PATH'");
    }
  }
  return models;
}

std::vector<ShelfModel> ModelShelf::scan() {
  std::vector<ShelfModel> models;
  if (names_.empty() && folder_.empty()) models = everything();
  if (!names_.empty()) models = scan_names();
  if (!folder_.empty()) {
    std::set<std::string> paths, ids;
    for (const ShelfModel& model : models) {
      paths.insert(model.path);
      ids.insert(lower(model.id));
    }
    for (ShelfModel& model : models_under_stems(folder_)) {
      if (paths.contains(model.path) || ids.contains(lower(model.id))) continue;
      paths.insert(model.path);
      ids.insert(lower(model.id));
      models.push_back(std::move(model));
    }
  }
  leave_out_unsound(models);
  std::stable_sort(models.begin(), models.end(), [](const ShelfModel& a, const ShelfModel& b) { return a.id < b.id; });
  return models;
}

/// One file with such a name would make a list of models that no JSON reader takes.
void ModelShelf::leave_out_unsound(std::vector<ShelfModel>& models) {
  std::set<std::string> left_out;
  std::erase_if(models, [&](ShelfModel& model) {
    std::erase_if(model.other_names, [](const std::string& name) { return !is_sound(name); });
    if (is_sound(model.id)) return false;
    left_out.insert(model.path);
    return true;
  });
  for (const std::string& path : left_out) {
    if (left_out_.contains(path) || !on_problem_) continue;
    on_problem_(
        fmt::format("the model {} is not offered: its name is not UTF-8, holds control characters or is longer "
                    "than {} bytes",
                    quote(path, kLongestName), kLongestName));
  }
  left_out_ = std::move(left_out);
}

std::shared_ptr<const ModelShelf::Snapshot> ModelShelf::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

std::shared_ptr<const ModelShelf::Snapshot> ModelShelf::fresh(milliseconds age) {
  const auto asked = steady_clock::now();
  // A look that began after the question answers it, however long it took and whoever wanted it.
  const auto is_fresh = [&](const std::shared_ptr<const Snapshot>& one) {
    return one && (one->begun >= asked || steady_clock::now() - one->taken <= age);
  };
  if (auto known = snapshot(); is_fresh(known)) return known;
  const std::lock_guard scanning(scan_mutex_);
  if (auto known = snapshot(); is_fresh(known)) return known;  // somebody else looked meanwhile
  auto made = std::make_shared<Snapshot>();
  made->begun = steady_clock::now();
  made->changed = folder_changed();  // before the look, so that what comes during it is found by the next one
  made->models = scan();
  for (std::size_t i = 0; i < made->models.size(); ++i) made->by_name.emplace(lower(made->models[i].id), i);
  for (std::size_t i = 0; i < made->models.size(); ++i) {
    for (const std::string& name : made->models[i].other_names) made->by_name.emplace(lower(name), i);
  }
  // Short names, where they mean one model only.
  std::map<std::string, std::set<std::size_t>> stems;
  for (std::size_t i = 0; i < made->models.size(); ++i) {
    const ShelfModel& model = made->models[i];
    stems[lower(fs::path(model.id).filename().string())].insert(i);
    if (model.path.ends_with(".gguf")) stems[lower(stem_of_model(model.path))].insert(i);
  }
  for (const auto& [stem, those] : stems) {
    if (those.size() == 1) made->by_name.emplace(stem, *those.begin());
  }
  {
    const std::lock_guard lock(mutex_);
    made->taken = steady_clock::now();
    snapshot_ = made;
    found_.clear();
  }
  if (on_look_) on_look_(made->models);
  return made;
}

std::optional<fs::file_time_type> ModelShelf::folder_changed() const {
  if (folder_.empty()) return std::nullopt;
  std::error_code failure;
  const auto time = fs::last_write_time(folder_, failure);
  return failure ? std::nullopt : std::optional(time);
}

std::shared_ptr<const ModelShelf::Snapshot> ModelShelf::fresh_for_new_name() {
  if (folder_.empty()) return fresh(kFresh);
  // The folder's time has the grain of the system's clock and says nothing of folders in it: hence the age as well.
  const auto known = snapshot();
  return fresh(known && known->changed != folder_changed() ? milliseconds(-1) : kFreshForNewName);
}

std::shared_ptr<const std::vector<ShelfModel>> ModelShelf::models() {
  const auto taken = fresh(kFresh);
  return {taken, &taken->models};
}

void ModelShelf::refresh() { fresh(milliseconds(-1)); }

std::optional<ShelfModel> ModelShelf::look_up(const Snapshot& snapshot, const std::string& name) const {
  const std::string plain = lower(name);
  std::vector<std::string> keys = {plain, plain + std::string(kLatest)};
  if (plain.ends_with(kLatest)) keys.push_back(plain.substr(0, plain.size() - kLatest.size()));
  if (plain.ends_with(".gguf")) keys.push_back(plain.substr(0, plain.size() - 5));
  for (const std::string& key : keys) {
    if (const auto found = snapshot.by_name.find(key); found != snapshot.by_name.end()) {
      return snapshot.models[found->second];
    }
  }
  return std::nullopt;
}

std::optional<ShelfModel> ModelShelf::find_by_library(const Snapshot& snapshot, const std::string& name) const {
  if (allow_paths_ && exists(name)) return at_path(name, name);
  if (is_path_like(name)) return std::nullopt;
  std::optional<StoredModel> stored;
  try {
    stored = Library().find(name);
  } catch (const Error&) {
    return std::nullopt;  // it can be no name
  }
  if (!stored) return std::nullopt;
  // Only what is offered: the library would take a path as well.
  const std::string path = stored->path.string();
  const auto found = std::find_if(snapshot.models.begin(), snapshot.models.end(),
                                  [&](const ShelfModel& model) { return model.path == path; });
  return found == snapshot.models.end() ? std::nullopt : std::optional(*found);
}

std::optional<ShelfModel> ModelShelf::find_known(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!is_sound(name)) return std::nullopt;
  if (auto model = look_up(*snapshot_, name)) return model;
  const auto found = found_.find(name);
  return found == found_.end() ? std::nullopt : found->second;
}

std::optional<ShelfModel> ModelShelf::find(const std::string& name) {
  if (!is_sound(name)) return std::nullopt;
  if (auto model = find_known(name)) return model;
  const auto taken = fresh_for_new_name();
  if (auto model = look_up(*taken, name)) return model;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = found_.find(name); found != found_.end()) return found->second;
  }
  auto model = find_by_library(*taken, name);
  const std::lock_guard lock(mutex_);
  if (snapshot_ == taken && found_.size() < kMostFound) found_[name] = model;
  return model;
}

std::string ModelShelf::id_for_operator(const std::string& name) {
  if (const auto model = find(name)) return model->id;
  const auto path = find_model(name);
  for (const ShelfModel& model : snapshot()->models) {
    if (path && model.path == *path) return model.id;
  }
  fail_not_found(name);
}

void ModelShelf::fail_not_found(const std::string& name) {
  const auto taken = snapshot();
  std::map<std::string, std::string> by_small_letters;
  for (const ShelfModel& model : taken->models) {
    by_small_letters[lower(model.id)] = model.id;
    for (const std::string& other : model.other_names) by_small_letters[lower(other)] = other;
  }
  std::vector<std::string> names;
  names.reserve(by_small_letters.size());
  for (const auto& [small, name_of] : by_small_letters) names.push_back(small);
  const bool is_everything = names_.empty() && folder_.empty();
  auto near = is_sound(name) ? near_names(lower(name), names, kNearNames) : std::vector<std::string>();
  for (std::string& one : near) one = by_small_letters.at(one);
  std::string hint;
  if (is_everything && is_sound(name) && !is_path_like(name) && Library().catalog().find(name)) {
    hint = fmt::format("'hearth pull {}' fetches it", name);
  } else if (!near.empty()) {
    hint = fmt::format("did you mean {}?", fmt::join(near, " or "));
  } else if (is_path_like(name) && !allow_paths_) {
    hint = "a request names a model, not a file";
  } else if (names.empty()) {
    hint = "no models are here yet; 'hearth pull NAME' fetches one";
  }
  throw Error(ErrorCode::kNotFound, fmt::format("model {} not found", quote(name)), std::move(hint));
}

}  // namespace hearth
