#include "hub/quantize/abandoned_files.h"

#include <signal.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr auto kQuiet = std::chrono::minutes(1);

/// Takes digits and the '.' behind them from the front.
bool take_number(std::string_view& text, long& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto used = static_cast<std::size_t>(end - text.data());
  if (failure != std::errc() || number < 0 || used >= text.size() || text[used] != '.') return false;
  text.remove_prefix(used + 1);
  return true;
}

/// Whether `name` is that of an unfinished `wanted`, and whose.
bool is_unfinished(std::string_view name, std::string_view wanted, long& process) {
  if (!name.starts_with(wanted) || name.size() <= wanted.size() || name[wanted.size()] != '.') return false;
  name.remove_prefix(wanted.size() + 1);
  long count = 0;
  return take_number(name, process) && take_number(name, count) && name == "tmp";
}

bool has_ended(long process) {
  if (process <= 0 || process > std::numeric_limits<pid_t>::max()) return false;
  return ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
}

}  // namespace

void remove_abandoned_files(const fs::path& destination) {
  std::error_code failure;
  const fs::path folder = destination.has_parent_path() ? destination.parent_path() : fs::path(".");
  std::vector<fs::path> abandoned;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    long process = 0;
    if (!is_unfinished(entry->path().filename().string(), destination.filename().string(), process)) continue;
    std::error_code broken;
    const bool is_file = fs::is_regular_file(entry->symlink_status(broken));
    const auto written = fs::last_write_time(entry->path(), broken);
    const bool is_quiet = fs::file_time_type::clock::now() - written > kQuiet;
    if (is_file && !broken && is_quiet && has_ended(process)) abandoned.push_back(entry->path());
  }
  for (const fs::path& path : abandoned) fs::remove(path, failure);
}

}  // namespace hearth
