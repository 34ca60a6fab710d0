#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "base/held_file.h"

namespace hearth {
namespace {

/// Unique in this process; the process id makes it unique among those alive.
std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<std::uint64_t> counter = 0;
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.{}.tmp", ::getpid(), counter++);
  return temporary;
}

/// So that the rename survives a power cut. Best effort: some file systems cannot, and the content is safe either way.
void flush_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) static_cast<void>(::fsync(descriptor.get()));
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  do {
    // O_EXCL: what lies there already (a link somebody planted, a file left by a crash) is never written through.
    int fd = -1;
    do {
      temporary_ = temporary_name(path_);
      fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0) fail_errno(path_, "create a file beside it");
    file_ = std::make_unique<FileDescriptor>(fd);
  } while (!hold_new_file(file_->get()));
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) ::unlink(temporary_.c_str());
}

void AtomicFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_->get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path_, "write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void AtomicFile::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file_->get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path_, "write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

void AtomicFile::commit() {
  if (::fsync(file_->get()) != 0) fail_errno(path_, "flush");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_errno(path_, "rename the new file over it");
  file_.reset();
  flush_folder_of(path_);
}

}  // namespace hearth
