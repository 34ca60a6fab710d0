#include "hub/download/digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/file_descriptor.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

std::string hash_file(const std::filesystem::path& path, Digest::Kind kind, bool git_header,
                      const HashProgress& progress) {
  const FileDescriptor file(path, O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) fail_errno(path, "look at it");
  const auto total = static_cast<std::uint64_t>(status.st_size);
  Digest digest(kind);
  if (git_header) digest.add(fmt::format("blob {}", total) + '\0');
  std::vector<char> block(kBlock);
  std::uint64_t done = 0;
  while (true) {
    if (progress.cancel != nullptr && *progress.cancel) {
      throw Error(ErrorCode::kCancelled, fmt::format("{}: the check was stopped", path.string()));
    }
    const ssize_t n = ::read(file.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path, "read");
    if (n == 0) return digest.hex();
    digest.add({block.data(), static_cast<std::size_t>(n)});
    done += static_cast<std::uint64_t>(n);
    if (progress.report) progress.report(done, total);
  }
}

}  // namespace

std::string sha256_of_file(const std::filesystem::path& path, const HashProgress& progress) {
  return hash_file(path, Digest::kSha256, false, progress);
}

std::string git_blob_id(const std::filesystem::path& path, const HashProgress& progress) {
  return hash_file(path, Digest::kSha1, true, progress);
}

std::string object_id_of_file(const std::filesystem::path& path, std::size_t digits, const HashProgress& progress) {
  return digits == 64 ? sha256_of_file(path, progress) : git_blob_id(path, progress);
}

}  // namespace hearth
