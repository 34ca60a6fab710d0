#include "hub/download/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>

#include "hearth/error.h"
#include "hub/download/backoff.h"
#include "hub/stores/folders.h"

namespace hearth {
namespace {

constexpr std::chrono::milliseconds kPause{200};

bool take(const FileDescriptor& file, const std::filesystem::path& path) {
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) fail_errno(path, "lock");
  }
  return true;
}

std::unique_ptr<FileDescriptor> open_lock(const std::filesystem::path& path) {
  make_folders(path.parent_path());
  // The file stays: to remove it while another process waits for it would give two of them the lock.
  return std::make_unique<FileDescriptor>(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

}  // namespace

FileLock FileLock::wait_for(const std::filesystem::path& path, const std::atomic<bool>* cancel,
                            const std::function<void()>& on_wait) {
  auto file = open_lock(path);
  while (!take(*file, path)) {
    if (on_wait) on_wait();
    if (!sleep_unless(cancel, kPause)) {
      throw Error(ErrorCode::kCancelled, fmt::format("{}: stopped while another process held it", path.string()));
    }
  }
  return FileLock(std::move(file));
}

std::unique_ptr<FileLock> FileLock::try_take(const std::filesystem::path& path) {
  auto file = open_lock(path);
  if (!take(*file, path)) return nullptr;
  return std::unique_ptr<FileLock>(new FileLock(std::move(file)));
}

}  // namespace hearth
