// Reads the bytes of one GGUF file, every size, count and offset checked before it is used. Split files: gguf_open.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "format/byte_reader.h"
#include "format/gguf.h"

namespace hearth {

class GgufParser {
 public:
  GgufParser(std::span<const std::byte> bytes, std::string name, std::shared_ptr<const void> owner);
  /// Once. Errors: kCorruptData, kUnsupported.
  std::shared_ptr<GgufFile> parse();

 private:
  struct TensorInfo {
    std::string name;
    Tensor tensor;         ///< without data yet
    std::uint64_t offset;  ///< from the beginning of the tensor data
    std::uint64_t bytes;
  };

  void read_magic_and_version();
  void read_metadata(std::uint64_t index, std::uint64_t count);
  GgufType read_type();
  GgufValue read_value(GgufType type);
  GgufArray read_array(int nesting);
  TensorInfo read_tensor_info(std::uint64_t index, std::uint64_t count);
  Shape read_shape();
  std::uint64_t alignment() const;
  void check_overlaps(const std::vector<TensorInfo>& infos) const;
  void place_tensors(std::vector<TensorInfo> infos);

  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  ByteReader reader_;
  std::shared_ptr<GgufFile> file_;
};

}  // namespace hearth
