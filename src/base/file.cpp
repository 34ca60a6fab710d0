#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include "base/atomic_file.h"
#include "base/file_descriptor.h"
#include "base/mapping_guard.h"
#include "hearth/error.h"

namespace hearth {
namespace {

struct stat regular_file_status(const std::filesystem::path& path, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail_errno(path, "read its size");
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::kIo, fmt::format("{}: not a regular file", path.string()),
                "name a file, not a folder or device");
  }
  return status;
}

/// The mappings of this process by where they begin.
struct Mappings {
  struct Mapping {
    std::size_t size;
    FileStamp stamp;
  };
  std::mutex mutex;
  std::map<const std::byte*, Mapping> all;

  /// REQUIRES: the mutex is held.
  const Mapping* around(const std::byte* address) const {
    auto next = all.upper_bound(address);
    if (next == all.begin()) return nullptr;
    const auto& [begin, mapping] = *--next;
    return address < begin + mapping.size ? &mapping : nullptr;
  }
};
Mappings& mappings() {
  static Mappings& instance = *new Mappings;  // outlives whatever is unmapped at the end of the process
  return instance;
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size, const FileStamp& stamp)
    : path_(std::move(path)), data_(data), size_(size) {
  if (size_ == 0) return;
  guard_mapping(data_, size_);
  const std::lock_guard lock(mappings().mutex);
  mappings().all.insert_or_assign(data_, Mappings::Mapping{size_, stamp});
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(path, O_RDONLY | O_NONBLOCK);  // non-blocking: opening a named pipe must not hang
  const struct stat status = regular_file_status(path, file.get());
  const auto size = static_cast<std::uint64_t>(status.st_size);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (data == MAP_FAILED) fail_errno(path, "map into memory");
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, static_cast<const std::byte*>(data), size, FileStamp(status)));
}

MappedFile::~MappedFile() {
  if (size_ == 0) return;
  {
    const std::lock_guard lock(mappings().mutex);
    mappings().all.erase(data_);
  }
  forget_mapping(data_);
  ::munmap(const_cast<std::byte*>(data_), size_);
}

std::optional<FileStamp> stamp_of_mapping(const void* address) {
  const std::lock_guard lock(mappings().mutex);
  const Mappings::Mapping* mapping = mappings().around(static_cast<const std::byte*>(address));
  return mapping != nullptr ? std::optional(mapping->stamp) : std::nullopt;
}

void drop_pages(const void* data, std::size_t size) {
  if (!stamp_of_mapping(data)) return;  // elsewhere the pages would come back as zeros
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + size) / page * page;
  // A refusal only costs memory.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a page's address is a number rounded
  if (begin < end) static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const FileDescriptor file(path, O_RDONLY | O_NONBLOCK);
  const auto check = [&](std::uint64_t size) {
    if (size <= max_bytes) return;
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: {} bytes or more, larger than the {} allowed here", path.string(), size, max_bytes));
  };
  const auto size = static_cast<std::uint64_t>(regular_file_status(path, file.get()).st_size);
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
