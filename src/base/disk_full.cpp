#include "base/disk_full.h"

#include <fmt/format.h>

#include <cerrno>

namespace hearth {

bool is_disk_full(const std::error_code& failure) {
  // EDQUOT has no name in std::errc; both categories hold errno on this system.
  const bool is_system = failure.category() == std::system_category() || failure.category() == std::generic_category();
  return is_system && (failure.value() == ENOSPC || failure.value() == EDQUOT);
}

void fail_io(const std::filesystem::path& path, const char* action, const std::error_code& failure) {
  std::string message = fmt::format("{}: cannot {}: {}", path.string(), action, failure.message());
  if (is_disk_full(failure)) throw DiskFullError(std::move(message));
  throw Error(ErrorCode::kIo, std::move(message));
}

}  // namespace hearth
