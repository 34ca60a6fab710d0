// A temporary file that takes the body of a large request. Removed when it goes, unless somebody has moved it away.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace hearth {

/// Held (base/held_file.h) as long as it lives, so that others can see that it is in use. One thread at a time.
class SpoolFile {
 public:
  /// In `folder`, or in the system's for temporary files when that is empty. Only its owner can read it. Errors: kIo.
  explicit SpoolFile(const std::filesystem::path& folder);
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Errors: kIo ("no space left").
  void write(std::string_view bytes);
  /// Nothing is written any more. Errors: kIo.
  void close();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Removes the spool files in `folder` that no living process holds; how many these were. Those in use, also by other
/// servers, stay, and so does everything else.
std::size_t remove_orphaned_spool_files(const std::filesystem::path& folder);

}  // namespace hearth
