#include "base/file_descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/disk_full.h"
#include "hearth/error.h"

namespace hearth {

void fail_errno(const std::filesystem::path& path, const char* action) {
  const int code = errno;
  if (code == ENOENT)
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such file", path.string()), "check the path");
  fail_io(path, action, {code, std::generic_category()});
}

FileDescriptor::FileDescriptor(const std::filesystem::path& path, int flags, mode_t mode)
    : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
  if (fd_ < 0) fail_errno(path, "open");
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace hearth
