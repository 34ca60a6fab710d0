// Packed weights that are being written, and what killed processes left of them. Finished ones are packed_cache.h's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace hearth {

struct HalfWritten {
  std::filesystem::path path;
  std::uint64_t bytes = 0;      ///< that it has once it is whole
  std::uint64_t unwritten = 0;  ///< of these, what the disk has not given yet
  bool is_abandoned = false;    ///< nobody writes it any more
};

/// Those in `folder`, none where that cannot be read.
std::vector<HalfWritten> half_written(const std::filesystem::path& folder);

/// Removes those that nobody writes and returns them.
std::vector<HalfWritten> remove_abandoned(const std::filesystem::path& folder);

}  // namespace hearth
