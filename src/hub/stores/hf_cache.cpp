#include "hub/stores/hf_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "base/file.h"
#include "hearth/error.h"
#include "hub/model_files.h"
#include "hub/model_name.h"
#include "hub/stores/folder_scan.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "models--";
constexpr std::string_view kSeparator = "--";
constexpr std::uint64_t kMaxRef = 1024;

std::string folder_name(const std::string& repository) {
  std::string name(kPrefix);
  for (const char c : repository) {
    if (c == '/') {
      name += kSeparator;
    } else {
      name += c;
    }
  }
  return name;
}

/// The reverse; empty for folders of anything else. Old models ("gpt2") have no owner.
std::string repository_name(std::string_view folder) {
  if (!folder.starts_with(kPrefix)) return "";
  folder.remove_prefix(kPrefix.size());
  const std::size_t mark = folder.find(kSeparator);
  std::string name(folder);
  if (mark == std::string_view::npos) return is_plain_name(name) ? name : "";
  name = std::string(folder.substr(0, mark)) + "/" + std::string(folder.substr(mark + kSeparator.size()));
  return is_repository_name(name) ? name : "";
}

std::string read_ref(const fs::path& path) {
  try {
    std::string text = read_file(path, kMaxRef);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    return is_object_id(text) ? text : "";
  } catch (const Error&) {
    return "";
  }
}

/// Whether `path`, with all links followed, lies below `folder`.
bool stays_below(const fs::path& path, const fs::path& folder) {
  std::error_code failure;
  const fs::path real = fs::canonical(path, failure);
  if (failure) return false;
  const fs::path base = fs::canonical(folder, failure);
  if (failure) return false;
  const auto [end, ignored] = std::mismatch(base.begin(), base.end(), real.begin(), real.end());
  return end == base.end();
}

}  // namespace

fs::path HfCache::folder(const std::string& repository) const { return root_ / folder_name(repository); }
fs::path HfCache::blob(const std::string& repository, const std::string& id) const {
  return folder(repository) / "blobs" / id;
}
fs::path HfCache::lock(const std::string& repository, const std::string& id) const {
  return root_ / ".locks" / folder_name(repository) / (id + ".lock");
}
fs::path HfCache::snapshot(const std::string& repository, const std::string& commit) const {
  return folder(repository) / "snapshots" / commit;
}

std::optional<std::string> HfCache::commit_of(const std::string& repository, const std::string& revision) const {
  std::error_code ignored;
  if (is_object_id(revision) && fs::is_directory(snapshot(repository, revision), ignored)) return revision;
  if (!is_safe_relative_path(revision)) return std::nullopt;
  const std::string commit = read_ref(folder(repository) / "refs" / revision);
  if (commit.empty()) return std::nullopt;
  return commit;
}

void HfCache::set_commit(const std::string& repository, const std::string& revision, const std::string& commit) const {
  if (revision == commit) return;
  const fs::path ref = folder(repository) / "refs" / revision;
  make_folders(ref.parent_path());
  write_file_atomic(ref, commit);
}

void HfCache::link(const std::string& repository, const std::string& commit, const std::string& file,
                   const std::string& id) const {
  const fs::path place = snapshot(repository, commit) / file;
  make_folders(place.parent_path());
  const fs::path target = fs::path("..") / ".." / "blobs" / id;
  fs::path up;
  for (const char c : file) {
    if (c == '/') up /= "..";
  }
  std::error_code failure;
  if (fs::is_symlink(place, failure) && fs::read_symlink(place, failure) == up / target) return;
  const fs::path beside = place.parent_path() / fmt::format(".{}.{}.link", place.filename().string(), ::getpid());
  fs::remove(beside, failure);
  fs::create_symlink(up / target, beside, failure);
  if (failure) {
    // A file system without links: Hugging Face's own program moves the file then, too.
    fs::rename(blob(repository, id), place, failure);
  } else {
    fs::rename(beside, place, failure);
  }
  if (failure) {
    throw Error(ErrorCode::kIo, fmt::format("{}: cannot put the file in place: {}", place.string(), failure.message()));
  }
}

std::vector<std::string> HfCache::repositories() const {
  std::vector<std::string> repositories;
  for (const std::string& name : names_in(root_)) {
    if (std::string repository = repository_name(name); !repository.empty()) repositories.push_back(repository);
  }
  return repositories;
}

std::vector<StoredModel> HfCache::models() const {
  std::vector<StoredModel> models;
  for (const std::string& repository : repositories()) {
    for (StoredModel& model : models_of(repository)) models.push_back(std::move(model));
  }
  return models;
}

std::vector<StoredModel> HfCache::models_of(const std::string& repository) const {
  // "main" first: of two snapshots with the same model its own is the one to run.
  std::vector<std::string> commits;
  const auto add = [&](const std::string& commit) {
    if (is_object_id(commit) && std::find(commits.begin(), commits.end(), commit) == commits.end()) {
      commits.push_back(commit);
    }
  };
  add(read_ref(folder(repository) / "refs" / "main"));
  for (const std::string& name : names_in(folder(repository) / "refs"))
    add(read_ref(folder(repository) / "refs" / name));
  if (commits.empty()) {
    for (const std::string& name : names_in(folder(repository) / "snapshots")) add(name);
  }
  std::vector<StoredModel> models;
  std::set<std::string> seen;
  for (const std::string& commit : commits) {
    for (StoredModel& model : models_of_snapshot(repository, commit)) {
      if (seen.insert(model.name).second) models.push_back(std::move(model));
    }
  }
  return models;
}

std::vector<StoredModel> HfCache::models_of_snapshot(const std::string& repository, const std::string& commit) const {
  const fs::path home = snapshot(repository, commit);
  std::vector<NamedSize> files;
  for (const NamedSize& file : files_below(home, 3)) {
    if (is_safe_relative_path(file.name) && stays_below(home / file.name, folder(repository))) files.push_back(file);
  }
  std::vector<StoredModel> models;
  for (const ModelFiles& found : find_models(files)) {
    StoredModel model;
    model.store = "huggingface";
    model.repository = repository;
    model.commit = commit;
    model.quantization = found.quantization;
    model.name = repository;
    if (found.is_gguf) {
      // Two files of one quantisation are told apart by their names.
      const bool is_one = std::count_if(models.begin(), models.end(), [&](const StoredModel& other) {
                            return other.quantization == found.quantization;
                          }) == 0;
      model.name += found.quantization.empty() || !is_one ? "/" + found.files.front() : ":" + found.quantization;
    }
    model.path = found.is_gguf ? home / found.files.front() : home;
    for (const std::string& file : found.files) model.files.push_back(home / file);
    model.bytes = found.bytes;
    models.push_back(std::move(model));
  }
  return models;
}

bool HfCache::is_referenced(const std::string& repository, const fs::path& blob) const {
  std::error_code failure;
  const fs::path snapshots = folder(repository) / "snapshots";
  for (fs::recursive_directory_iterator entry(snapshots, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!fs::is_symlink(entry->path(), failure)) continue;
    const fs::path target = fs::read_symlink(entry->path(), failure);
    if (!failure && target.filename() == blob.filename()) return true;
    failure.clear();
  }
  return false;
}

HfCache::Removal HfCache::remove(const StoredModel& model) const {
  Removal removal;
  std::error_code failure;
  const auto erase = [&](const fs::path& path) {
    if (!fs::exists(fs::symlink_status(path, failure))) return;
    fs::remove(path, failure);
    if (failure) throw Error(ErrorCode::kIo, fmt::format("{}: cannot remove it: {}", path.string(), failure.message()));
    removal.paths.push_back(path);
  };
  for (const fs::path& file : model.files) {
    const bool is_link = fs::is_symlink(file, failure);
    const fs::path target = is_link ? fs::read_symlink(file, failure).filename() : fs::path();
    const std::uint64_t size = file_size_of(file).value_or(0);
    erase(file);
    if (!is_link) {
      removal.bytes += size;
      continue;
    }
    if (!is_object_id(target.string())) continue;
    const fs::path held = blob(model.repository, target.string());
    if (is_referenced(model.repository, held)) continue;
    erase(held);
    removal.bytes += size;
  }
  // Folders that are empty now, up to the repository's own; with the last snapshot its refs go as well.
  const fs::path home = folder(model.repository);
  for (const fs::path& file : model.files) {
    for (fs::path above = file.parent_path(); above != home && above.has_relative_path(); above = above.parent_path()) {
      if (!fs::is_empty(above, failure) || !fs::remove(above, failure)) break;
    }
  }
  if (names_in(home / "snapshots").empty() && names_in(home / "blobs").empty()) fs::remove_all(home, failure);
  return removal;
}

}  // namespace hearth
