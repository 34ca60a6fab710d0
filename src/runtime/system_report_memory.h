// How much memory this process may use: the machine's, or less where a control group (container) limits it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace hearth {

struct MemoryAmount {
  std::uint64_t total = 0, available = 0;  ///< bytes
};

/// From the text of /proc/meminfo: MemTotal and MemAvailable. Zeros where they are missing.
MemoryAmount parse_meminfo(std::string_view text);

/// The tightest limit of the version 2 control group at `group` (the text after "0::" in /proc/self/cgroup) and those
/// above it, under `root` (normally /sys/fs/cgroup): the limit, and what of it is not in use. Page cache that the
/// kernel can drop counts as free. Empty without a limit.
std::optional<MemoryAmount> cgroup_memory(const std::filesystem::path& root, std::string_view group);

/// Both together for this process.
MemoryAmount usable_memory();

/// Bytes of this process that lie in memory, mapped files among them; 0 where that is not known.
std::uint64_t resident_memory();

}  // namespace hearth
