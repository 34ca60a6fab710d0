// A file of packed weights: a header that says which matrices and from which weights, then the matrices as the kernels
// read them (kernels/packed_layout.h), to be mapped. Which file belongs to which model is packed_cache.h's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "kernels/packed_matrix.h"
#include "tensor/tensor.h"

namespace hearth {

/// SHA-256 of the bytes of all `sources`, one after the other, each by its own hash; on `threads` threads. What it
/// touches of mapped files is let go again.
std::string hash_weights(std::span<const Tensor> sources, int threads);

class PackedFile {
 public:
  /// Packs `sources` into a file that appears whole or not at all. Holds a few MiB a thread, never a whole matrix, and
  /// lets go of what it has read of mapped files. Errors: kIo (a full disk …), kCorruptData where a source was
  /// shortened meanwhile.
  static void write(const std::filesystem::path& path, std::span<const Tensor> sources, int threads);
  /// Bytes of the file that write() makes.
  static std::uint64_t bytes_for(std::span<const Tensor> sources);

  /// Errors: kNotFound, kIo; kCorruptData where the header is damaged or for other matrices than `sources`, or the file
  /// has another size.
  static std::shared_ptr<const PackedFile> open(const std::filesystem::path& path, std::span<const Tensor> sources);

  /// As hash_weights() gave it for what was packed.
  const std::string& source_hash() const { return source_hash_; }
  /// Whether each matrix has the hash that the header says: reads everything.
  bool is_undamaged(int threads) const;
  /// The matrix made of the index-th source. `self` keeps the file mapped.
  static PackedMatrix matrix(const std::shared_ptr<const PackedFile>& self, std::size_t index);

 private:
  struct Entry {
    DType dtype;
    std::int64_t n_out, n_in;
    std::uint64_t offset, bytes;
    std::string hash;  ///< of the packed bytes
  };
  static std::vector<Entry> layout(std::span<const Tensor> sources, std::uint64_t& file_bytes);
  static std::string header(const std::vector<Entry>& entries, const std::string& source_hash,
                            std::uint64_t file_bytes);

  std::shared_ptr<const MappedFile> file_;
  std::vector<Entry> entries_;
  std::string source_hash_;
};

}  // namespace hearth
