// A file that is being fetched in pieces, in any order and over several runs of the program: the bytes, and beside them
// a journal of what is there. A process that is killed at any moment leaves a journal that claims no byte too many.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"

namespace hearth {

class PartFile {
 public:
  struct Piece {
    std::uint64_t begin = 0, end = 0, done = 0;  ///< [begin, end), of which `done` bytes from the front are there
    bool taken = false;                          ///< somebody is fetching it
  };

  /// Opens or makes `path` (+ ".hearth-part" and ".hearth-part.json"). What a journal of another size or `version` says
  /// is forgotten. Errors: kIo.
  PartFile(const std::filesystem::path& path, std::uint64_t size, std::string version, std::uint64_t piece_bytes);

  static std::filesystem::path part_path(const std::filesystem::path& path);
  static std::filesystem::path journal_path(const std::filesystem::path& path);

  std::uint64_t size() const { return size_; }
  std::uint64_t done() const;
  bool complete() const { return done() == size_; }

  /// An unfinished piece that nobody has, or nothing. Thread-safe, as the three below.
  std::optional<std::size_t> take();
  void give_back(std::size_t piece);
  Piece piece(std::size_t index) const;
  /// Appends to a piece. Errors: kIo (a full disk says so); kCorruptData for more bytes than the piece has left.
  void append(std::size_t piece, std::string_view bytes);

  /// Forgets all that is there.
  void reset();
  /// Puts the bytes on the disk, then the journal. One thread. Errors: kIo.
  void save();
  /// Removes both files.
  void remove();

 private:
  void read_journal();

  std::filesystem::path path_;
  std::uint64_t size_;
  std::string version_;
  mutable std::mutex mutex_;
  std::vector<Piece> pieces_;
  std::uint64_t done_ = 0;
  FileDescriptor file_;
};

}  // namespace hearth
