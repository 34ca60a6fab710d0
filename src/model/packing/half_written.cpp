#include "model/packing/half_written.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "base/held_file.h"

namespace hearth {

namespace fs = std::filesystem;

std::vector<HalfWritten> half_written(const fs::path& folder) {
  std::vector<HalfWritten> all;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    if (entry->path().extension() != ".tmp") continue;
    struct stat status = {};
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const HeldState state = held_state(entry->path());
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    const std::uint64_t written = static_cast<std::uint64_t>(status.st_blocks) * 512;
    // What cannot be told (no locks on that file system) may be somebody's.
    all.push_back({entry->path(), bytes, bytes - std::min(bytes, written), state == HeldState::kAbandoned});
  }
  return all;
}

std::vector<HalfWritten> remove_abandoned(const fs::path& folder) {
  std::vector<HalfWritten> removed;
  for (HalfWritten& one : half_written(folder)) {
    if (one.is_abandoned && remove_if_abandoned(one.path)) removed.push_back(std::move(one));
  }
  return removed;
}

}  // namespace hearth
