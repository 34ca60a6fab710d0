// Which file it is and when it was last touched: enough to see that a file may have changed since it was read. What is
// in a file is told by a hash, not by this.
#pragma once

#include <sys/stat.h>

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hearth {

struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  ///< of content, name or rights: nobody can set it back

  FileStamp() = default;
  explicit FileStamp(const struct stat& status);
  /// Nothing where there is no such file or it cannot be looked at.
  static std::optional<FileStamp> of(const std::filesystem::path& path);

  std::string to_text() const;  ///< without spaces
  auto operator<=>(const FileStamp&) const = default;
};

}  // namespace hearth
