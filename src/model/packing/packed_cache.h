// The folder of packed weights: finds the file for some weights, makes it where there is none, and keeps the folder
// within its bound. A file is found by what is in the weights, never by name or time of theirs.
//
//   KEY.packed   the weights (packed_file.h); KEY is a hash of the matrices' types, shapes and samples
//   KEY.seen     which files were found to hold just these weights, and the packed file as it was found undamaged: as
//   long
//                as those were not touched since, nothing is read to check. Its time is when the weights were last
//                used.
//
// Whatever is wrong there only costs time: a file that is damaged, truncated or for other weights is made anew. Several
// processes may use one folder: files appear whole, and a removed one stays mapped where it is used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/packing/packed_file.h"
#include "tensor/tensor.h"

namespace hearth {

class PackedCache {
 public:
  /// The folder need not be there. `max_bytes` of all packed files together.
  PackedCache(std::filesystem::path folder, std::uint64_t max_bytes, int threads)
      : folder_(std::move(folder)), max_bytes_(max_bytes), threads_(threads) {}

  /// The packed file of `sources`, which is made when there is none. Errors: kIo and others where it cannot be made;
  /// kUnsupported where it does not fit the bound or the disk.
  std::shared_ptr<const PackedFile> get(std::span<const Tensor> sources);

  struct Contents {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
  };
  Contents contents() const;
  /// Removes everything, also what is in use (which stays mapped there). Returns what was removed. Errors: kIo.
  Contents clear();

 private:
  struct Packed {
    std::filesystem::path path;
    std::uint64_t bytes;
    std::filesystem::file_time_type used;
  };
  std::vector<Packed> files() const;
  std::shared_ptr<const PackedFile> find(const std::filesystem::path& path, std::span<const Tensor> sources);
  void make_room(std::uint64_t bytes);
  void remove_leftovers() const;

  std::filesystem::path folder_;
  std::uint64_t max_bytes_;
  int threads_;
};

}  // namespace hearth
