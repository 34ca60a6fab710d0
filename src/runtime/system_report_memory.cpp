#include "runtime/system_report_memory.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace hearth {
namespace {

namespace fs = std::filesystem;

/// Files under /proc and /sys have no size to ask for, so read_file() is of no use here.
std::string read_small(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

/// The number after `key` at the start of a line.
std::optional<std::uint64_t> field(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(key)) return leading_number(line.substr(key.size()));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

MemoryAmount parse_meminfo(std::string_view text) {
  return {field(text, "MemTotal:").value_or(0) * 1024, field(text, "MemAvailable:").value_or(0) * 1024};
}

std::optional<MemoryAmount> cgroup_memory(const fs::path& root, std::string_view group) {
  std::optional<MemoryAmount> tightest;
  while (!group.empty() && group.front() == '/') group.remove_prefix(1);
  for (fs::path below(group);; below = below.parent_path()) {
    const fs::path folder = root / below;
    if (const auto limit = leading_number(read_small(folder / "memory.max"))) {  // "max" is no limit
      const std::uint64_t current = leading_number(read_small(folder / "memory.current")).value_or(0);
      const std::uint64_t cache = field(read_small(folder / "memory.stat"), "inactive_file ").value_or(0);
      const std::uint64_t used = current - std::min(current, cache);
      const std::uint64_t free = *limit - std::min(*limit, used);
      if (!tightest) tightest = MemoryAmount{*limit, free};
      tightest->total = std::min(tightest->total, *limit);
      tightest->available = std::min(tightest->available, free);
    }
    if (below.empty()) return tightest;
  }
}

MemoryAmount usable_memory() {
  MemoryAmount memory = parse_meminfo(read_small("/proc/meminfo"));
  const std::string groups = read_small("/proc/self/cgroup");
  const std::size_t unified = groups.starts_with("0::") ? 0 : groups.find("\n0::");
  if (unified == std::string::npos) return memory;
  const std::size_t start = groups.find("0::", unified) + 3;
  const std::string_view group = std::string_view(groups).substr(start, groups.find('\n', start) - start);
  if (const auto limit = cgroup_memory("/sys/fs/cgroup", group)) {
    memory.total = std::min(memory.total, limit->total);
    memory.available = std::min(memory.available, limit->available);
  }
  return memory;
}

std::uint64_t resident_memory() { return field(read_small("/proc/self/status"), "VmRSS:").value_or(0) * 1024; }

}  // namespace hearth
