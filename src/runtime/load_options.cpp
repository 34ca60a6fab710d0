#include "runtime/load_options.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>

#include "hearth/system.h"
#include "model/packing/packed_cache.h"

namespace hearth {

std::string packed_folder() { return (std::filesystem::path(paths().data_folder) / "packed").string(); }

LoadOptions load_options(const ModelOptions& options) {
  constexpr std::int64_t kMostGib = std::numeric_limits<std::int64_t>::max() >> 30;
  LoadOptions load;
  load.packing.enabled = options.pack && !options.exact;  // exact products read the file's own blocks
  load.packing.folder = packed_folder();
  load.packing.max_bytes = static_cast<std::uint64_t>(std::clamp<std::int64_t>(options.packed_gib, 0, kMostGib)) << 30;
  load.packing.threads = options.threads;
  load.packing.on_problem = options.on_problem;
  return load;
}

PackedReport packed_weights() {
  const PackedCache::Contents contents = PackedCache(packed_folder(), 0, 1).contents();
  return {packed_folder(), contents.files, contents.bytes, contents.writing_bytes, contents.abandoned_bytes};
}

PackedReport clear_packed_weights() {
  const PackedCache::Contents removed = PackedCache(packed_folder(), 0, 1).clear();
  return {packed_folder(), removed.files, removed.bytes, 0, removed.abandoned_bytes};
}

}  // namespace hearth
