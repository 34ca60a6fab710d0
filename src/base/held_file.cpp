#include "base/held_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.h"

namespace hearth {
namespace {

bool lock(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

/// For writing, too, where that is allowed: network file systems ask that of whoever wants a lock for himself alone.
int open_plain(const std::filesystem::path& path) {
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const int fd = ::open(path.c_str(), O_RDWR | kFlags);
  return fd >= 0 ? fd : ::open(path.c_str(), O_RDONLY | kFlags);
}

/// Opens it as `file` does; what it takes of a lock goes with that.
HeldState try_lock(const FileDescriptor& file, int operation) {
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return HeldState::kUnknown;
  if (lock(file.get(), operation | LOCK_NB)) return HeldState::kAbandoned;
  return errno == EWOULDBLOCK ? HeldState::kHeld : HeldState::kUnknown;
}

}  // namespace

bool hold_new_file(int fd) {
  struct stat status {};
  return !lock(fd, LOCK_EX) || (::fstat(fd, &status) == 0 && status.st_nlink > 0);
}

HeldState held_state(const std::filesystem::path& path) { return try_lock(FileDescriptor(open_plain(path)), LOCK_SH); }

bool remove_if_abandoned(const std::filesystem::path& path) {
  const FileDescriptor file(open_plain(path));
  return try_lock(file, LOCK_EX) == HeldState::kAbandoned && ::unlink(path.c_str()) == 0;
}

}  // namespace hearth
