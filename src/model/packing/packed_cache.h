// The folder of packed weights: finds the file for some weights, makes it where there is none, and keeps the folder
// within its bound. A file is found by what is in the weights, never by name or time of theirs.
//
//   KEY.packed   the weights (packed_file.h); KEY is a hash of the matrices' types, shapes and samples
//   KEY.seen     which files were found to hold just these weights, and the packed file as it was found undamaged: as
//                long as those were not touched since, nothing is read to check. Its time is when the weights were last
//                used.
//   *.tmp        half-written (half_written.h)
//
// Whatever is wrong there only costs time: a file that is damaged, truncated or for other weights is made anew. Several
// processes may use one folder: files appear whole, and a removed one stays mapped where it is used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/packing/packed_file.h"
#include "tensor/tensor.h"

namespace hearth {

/// Bytes that may still be written to the disk of `folder`; more than any disk has where that cannot be asked.
std::uint64_t free_bytes_of_disk(const std::filesystem::path& folder);

class PackedCache {
 public:
  using FreeBytes = std::function<std::uint64_t(const std::filesystem::path& folder)>;
  /// The folder need not be there. `max_bytes` of all packed files together, those that are being written included.
  PackedCache(std::filesystem::path folder, std::uint64_t max_bytes, int threads,
              FreeBytes free_bytes = free_bytes_of_disk)
      : folder_(std::move(folder)), max_bytes_(max_bytes), threads_(threads), free_bytes_(std::move(free_bytes)) {}

  /// The packed file of `sources`, which is made when there is none. Errors: kIo and others where it cannot be made;
  /// kUnsupported where it does not fit the bound or the disk.
  std::shared_ptr<const PackedFile> get(std::span<const Tensor> sources);

  struct Contents {
    std::size_t files = 0;                                 ///< finished ones
    std::uint64_t bytes = 0;                               ///< of these
    std::uint64_t writing_bytes = 0, abandoned_bytes = 0;  ///< half-written: by somebody alive, by a killed process
  };
  Contents contents() const;
  /// Removes everything but what is being written, also what is in use (which stays mapped there). Returns what was
  /// removed. Errors: kIo.
  Contents clear();

 private:
  struct Packed {
    std::filesystem::path path;
    std::uint64_t bytes;
    std::filesystem::file_time_type used;
  };
  std::vector<Packed> files() const;
  std::shared_ptr<const PackedFile> find(const std::filesystem::path& path, std::span<const Tensor> sources);
  /// Removes the least recently used files until `bytes` more fit the bound and the disk, as `path`; none of them where
  /// that cannot suffice. Errors: kUnsupported.
  void make_room(const std::filesystem::path& path, std::uint64_t bytes);

  std::filesystem::path folder_;
  std::uint64_t max_bytes_;
  int threads_;
  FreeBytes free_bytes_;
};

}  // namespace hearth
