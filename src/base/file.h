// Files: read whole, mapped read-only, written beside and renamed. Every failure is an Error naming the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/file_stamp.h"

namespace hearth {

/// A file mapped read-only for as long as the object lives. Empty files map to an empty span.
class MappedFile {
 public:
  /// Errors: kNotFound, kIo (also for directories and other non-regular files).
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size, const FileStamp& stamp);
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Which file the MappedFile around `address` was when it was opened; nothing where there is none. Any thread.
std::optional<FileStamp> stamp_of_mapping(const void* address);
/// Lets go of the memory behind whole pages of [data, data + size), which come back from the file when they are read
/// again. Does nothing outside a MappedFile. Any thread.
void drop_pages(const void* data, std::size_t size);

/// The whole file as bytes. Errors: kNotFound, kIo, kUnsupported when it is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 30);

/// Writes to a temporary file in the same folder, flushes it to disk and renames it over `path`: a reader sees the old
/// content or the new, never half. Errors: kIo.
void write_file_atomic(const std::filesystem::path& path, std::string_view content);

}  // namespace hearth
