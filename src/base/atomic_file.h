// A file that appears whole or not at all: written beside its final place, flushed, then renamed over it. For content
// that is too large to be held in memory; write_file_atomic takes the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/file_descriptor.h"

namespace hearth {

/// Not thread-safe. Its temporary file ends in ".tmp" and is held (held_file.h): what a process that died has left can
/// be told from what somebody writes. Two of them for one path do not disturb each other: the last commit wins.
class AtomicFile {
 public:
  /// Creates the temporary file. Errors: kNotFound (no such folder), kIo.
  explicit AtomicFile(std::filesystem::path path);
  /// Without a commit the temporary file is removed and `path` stays as it was.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void append(std::string_view bytes);  ///< Errors: kIo
  /// Instead of append(), in any order and from several threads at once. Errors: kIo.
  void write_at(std::uint64_t offset, std::string_view bytes);
  void commit();  ///< once, after the last append. Errors: kIo

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::unique_ptr<FileDescriptor> file_;
};

}  // namespace hearth
