#include "server/http/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/held_file.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr const char* kPrefix = "hearth-body-";

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
  while (true) {
    std::string name = (where / (std::string(kPrefix) + "XXXXXX")).string();
    fd_ = mkostemp(name.data(), O_CLOEXEC);
    path_ = name;
    if (fd_ < 0) fail(path_, "create");
    if (hold_new_file(fd_)) return;
    ::close(fd_);  // another server, which just began, was faster than the lock
  }
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
  // Some file systems tell only now that a disk is full. The lock belongs to all copies and stays with the other one.
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0 || ::close(copy) != 0) fail(path_, "write");
}

std::size_t remove_orphaned_spool_files(const std::filesystem::path& folder) {
  std::size_t removed = 0;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!entry->path().filename().string().starts_with(kPrefix)) continue;
    if (remove_if_abandoned(entry->path())) ++removed;
  }
  return removed;
}

}  // namespace hearth
