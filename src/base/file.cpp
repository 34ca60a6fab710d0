#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/atomic_file.h"
#include "base/file_descriptor.h"
#include "base/mapping_guard.h"
#include "hearth/error.h"

namespace hearth {
namespace {

std::uint64_t regular_file_size(const std::filesystem::path& path, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail_errno(path, "read its size");
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::kIo, fmt::format("{}: not a regular file", path.string()),
                "name a file, not a folder or device");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {
  if (size_ > 0) guard_mapping(data_, size_);
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(path, O_RDONLY | O_NONBLOCK);  // non-blocking: opening a named pipe must not hang
  const std::uint64_t size = regular_file_size(path, file.get());
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) fail_errno(path, "map into memory");
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (size_ == 0) return;
  forget_mapping(data_);
  ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const FileDescriptor file(path, O_RDONLY | O_NONBLOCK);
  const auto check = [&](std::uint64_t size) {
    if (size <= max_bytes) return;
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: {} bytes or more, larger than the {} allowed here", path.string(), size, max_bytes));
  };
  const std::uint64_t size = regular_file_size(path, file.get());
  check(size);
  // Reads to the end, not to `size`: files of /proc say 0, and another program may be appending.
  std::string content(size + 1, '\0');
  std::size_t done = 0;
  while (true) {
    if (done == content.size()) content.resize(content.size() * 2);
    const ssize_t n = ::read(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path, "read");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
    check(done);
  }
  content.resize(done);
  return content;
}

void write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.append(content);
  file.commit();
}

}  // namespace hearth
