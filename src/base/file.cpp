#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "hearth/error.h"

namespace hearth {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* action) {
  const int code = errno;
  if (code == ENOENT) throw Error(ErrorCode::kNotFound, fmt::format("{}: no such file", path.string()), "check the path");
  throw Error(ErrorCode::kIo, fmt::format("{}: cannot {}: {}", path.string(), action, std::strerror(code)));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, int mode = 0) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (fd_ < 0) fail(path, "open");
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::uint64_t regular_file_size(const std::filesystem::path& path, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail(path, "read its size");
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::kIo, fmt::format("{}: not a regular file", path.string()), "name a file, not a folder or device");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
    : path_(std::move(path)), data_(data), size_(size) {}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);  // non-blocking: opening a named pipe must not hang
  const std::uint64_t size = regular_file_size(path, file.get());
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) fail(path, "map into memory");
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  const std::uint64_t size = regular_file_size(path, file.get());
  if (size > max_bytes) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} bytes, more than the {} allowed here", path.string(), size, max_bytes));
  }
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::read(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "read");
    if (n == 0) break;  // the file shrank meanwhile
    done += static_cast<std::size_t>(n);
  }
  content.resize(done);
  return content;
}

void write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", ::getpid());
  try {
    const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    std::size_t done = 0;
    while (done < content.size()) {
      const ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(temporary, "write");
      done += static_cast<std::size_t>(n);
    }
    if (::fsync(file.get()) != 0) fail(temporary, "flush");
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "rename the new file over");
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace hearth
