#include "store/runner_lock.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "hearth/conversations.h"

namespace hearth {
namespace {

struct flock byte_of(std::int64_t runner) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = runner;
  lock.l_len = 1;
  return lock;
}

}  // namespace

RunnerLock::RunnerLock(const std::filesystem::path& database) : path_(database.string() + ".runners") {
  try {
    file_ = std::make_unique<FileDescriptor>(path_, O_RDWR | O_CREAT, 0600);
  } catch (const Error& error) {
    throw StoreError(ErrorCode::kIo, error.message(), "make the folder writable for you");
  }
}

void RunnerLock::hold(std::int64_t runner) {
  // Of the open file and not of the process: two stores in one process are two runners, and a closed descriptor of
  // somebody else's takes no lock away.
  struct flock lock = byte_of(runner);
  if (::fcntl(file_->get(), F_OFD_SETLK, &lock) != 0) {
    throw StoreError(ErrorCode::kIo, fmt::format("{}: cannot be locked: {}", path_.string(), std::strerror(errno)),
                     "HEARTH_DATA_HOME names another folder");
  }
}

bool RunnerLock::is_alive(std::int64_t runner) const {
  struct flock lock = byte_of(runner);
  return ::fcntl(file_->get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace hearth
