#include "server/http/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "hearth/error.h"

namespace hearth {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* action) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  throw Error(ErrorCode::kIo, path.string() + ": cannot " + action + " it: " + std::strerror(error),
              full ? "make room on that disk" : "");
}

}  // namespace

SpoolFile::SpoolFile(const std::filesystem::path& folder) {
  const std::filesystem::path where = folder.empty() ? std::filesystem::temp_directory_path() : folder;
  std::error_code ignored;
  std::filesystem::create_directories(where, ignored);
  std::string name = (where / "hearth-body-XXXXXX").string();
  fd_ = mkostemp(name.data(), O_CLOEXEC);
  path_ = name;
  if (fd_ < 0) fail(path_, "create");
}

SpoolFile::~SpoolFile() {
  if (fd_ >= 0) ::close(fd_);
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void SpoolFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_, "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void SpoolFile::close() {
  const int fd = fd_;
  fd_ = -1;
  if (fd >= 0 && ::close(fd) != 0) fail(path_, "write");
}

}  // namespace hearth
