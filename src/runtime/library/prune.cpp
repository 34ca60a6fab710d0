// What interrupted downloads and packed weights leave behind.
#include <sys/stat.h>

#include <system_error>

#include "base/held_file.h"
#include "hearth/error.h"
#include "hub/download/file_lock.h"
#include "hub/download/part_file.h"
#include "hub/stores/folder_scan.h"
#include "hub/stores/folders.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".hearth-part";
constexpr std::string_view kJournal = ".hearth-part.json";

/// Bytes on the disk: a part has holes.
std::uint64_t held_by(const fs::path& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512 : 0;
}

/// `target` is the file that the part would have become, `lock` what its downloader holds.
void prune_part(const fs::path& target, const fs::path& lock, bool dry_run, std::vector<Pruned>& pruned) {
  const auto mine = FileLock::try_take(lock);
  if (mine == nullptr) return;  // it is being fetched at this moment
  const fs::path part = PartFile::part_path(target);
  const fs::path journal = PartFile::journal_path(target);
  pruned.push_back({part.string(), "an interrupted download", held_by(part) + held_by(journal)});
  if (dry_run) return;
  std::error_code ignored;
  fs::remove(part, ignored);
  fs::remove(journal, ignored);
}

bool ends_part(const std::string& name, std::string& target) {
  for (const std::string_view end : {kJournal, kPart}) {
    if (name.ends_with(end) && name.size() > end.size()) {
      target = name.substr(0, name.size() - end.size());
      return true;
    }
  }
  return false;
}

void prune_repository(const HfCache& cache, const std::string& repository, bool dry_run, std::vector<Pruned>& pruned) {
  std::string last;
  for (const std::string& name : names_in(cache.folder(repository) / "blobs", 1'000'000)) {
    std::string id;
    if (!ends_part(name, id) || id == last || !is_object_id(id)) continue;
    last = id;
    prune_part(cache.blob(repository, id), cache.lock(repository, id), dry_run, pruned);
  }
}

}  // namespace

std::vector<Pruned> prune_models(bool dry_run) {
  const Library library;
  std::vector<Pruned> pruned;
  for (const std::string& repository : library.cache().repositories()) {
    prune_repository(library.cache(), repository, dry_run, pruned);
  }
  const fs::path addresses = library.places().models_folder / "addresses";
  std::string last;
  for (const NamedSize& file : files_below(addresses, 8)) {
    std::string target;
    if (!ends_part(file.name, target) || target == last) continue;
    last = target;
    prune_part(addresses / target, addresses / (target + ".lock"), dry_run, pruned);
  }
  const fs::path packed = library.places().data_folder / "packed";
  for (const NamedSize& file : files_below(packed, 4)) {
    if (held_state(packed / file.name) == HeldState::kHeld) continue;  // it is being written at this moment
    pruned.push_back({(packed / file.name).string(), "packed weights, made again when they are needed", file.bytes});
    std::error_code ignored;
    if (!dry_run) fs::remove(packed / file.name, ignored);
  }
  return pruned;
}

}  // namespace hearth
