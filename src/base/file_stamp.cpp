#include "base/file_stamp.h"

#include <fmt/format.h>

namespace hearth {
namespace {

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp::FileStamp(const struct stat& status)
    : device(status.st_dev),
      inode(status.st_ino),
      size(static_cast<std::uint64_t>(status.st_size)),
      modified_ns(nanoseconds(status.st_mtim)),
      changed_ns(nanoseconds(status.st_ctim)) {}

std::optional<FileStamp> FileStamp::of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileStamp(status);
}

std::string FileStamp::to_text() const {
  return fmt::format("{}:{}:{}:{}:{}", device, inode, size, modified_ns, changed_ns);
}

}  // namespace hearth
