// Files that clients sent to make models of, by the SHA-256 of what they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/download/digest.h"

namespace hearth {

struct PrunedBlobs {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
};

/// Thread-safe, also with other processes on the same folder: a blob appears whole.
class BlobStore {
 public:
  /// The folder is made when a blob is first put there.
  explicit BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Below the folder of models. Bodies that become blobs are best written there: they are then moved, not copied.
  static std::filesystem::path usual_folder();

  /// "sha256:" (or "sha256-") and 64 hexadecimal digits, as digits in small letters. Errors: 400.
  static std::string digits_of(const std::string& digest, const std::string& param);

  /// The file of a blob that is there.
  std::optional<std::filesystem::path> find(const std::string& digits) const;
  /// Takes the file away from `source` (a copy, where that is on another disk). Errors: 400 where it holds something
  /// else than its digest says; kIo; kCancelled.
  void put(const std::string& digits, const std::filesystem::path& source, const HashProgress& progress) const;
  /// Removes blobs that nobody has asked for in a week: models that were made of them have links of their own.
  void tidy() const;
  /// The blobs that are these very files (by device and inode), as a model's is that was made of one: its bytes are
  /// free only when both are gone.
  std::vector<std::filesystem::path> links_of(const std::vector<std::string>& files) const;
  /// Removes blobs that no model is (they have one link) and nobody asked for within an hour, and copies that were
  /// never finished. For the start of a server: others on the same folder may be making models of newer ones. Returns
  /// what went.
  PrunedBlobs prune() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace hearth
