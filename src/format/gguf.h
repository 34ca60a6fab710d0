// GGUF v2 and v3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), little-endian: metadata and tensors as
// zero-copy views of a mapped file, split files joined. It reads bytes only: what keys mean to a model is in model/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/gguf_value.h"
#include "format/tensor_table.h"

namespace hearth {

class GgufFile {
 public:
  /// Opens a file, and where its name ends in -0000K-of-0000N.gguf all N parts beside it. Errors: kNotFound, kIo,
  /// kCorruptData, kUnsupported (version, tensor type), each naming file, field and value.
  static std::shared_ptr<const GgufFile> open(const std::filesystem::path& path);
  /// The same from memory; `owner` keeps `bytes` alive, `name` stands in for the path. A part of a split file is
  /// kUnsupported.
  static std::shared_ptr<const GgufFile> parse(std::span<const std::byte> bytes, std::string name,
                                               std::shared_ptr<const void> owner);

  const std::string& name() const { return name_; }
  std::uint32_t version() const { return version_; }
  std::uint64_t file_bytes() const { return file_bytes_; }  ///< all parts together
  /// In file order; those of the first part where the file is split.
  const std::vector<std::pair<std::string, GgufValue>>& metadata() const { return metadata_; }
  const TensorTable& tensors() const { return tensors_; }

  const GgufValue* find(std::string_view key) const;
  /// Typed looks: empty where the key is missing; kCorruptData naming file, key and value where the type or range is
  /// wrong. Any integer type serves for integers, F32 and F64 for numbers.
  std::optional<std::string> string(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  const std::vector<std::string_view>* strings(std::string_view key) const;
  std::optional<std::vector<double>> numbers(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;
  /// As above; a missing key is kCorruptData.
  std::string require_string(std::string_view key) const;
  std::int64_t require_integer(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, std::string_view problem) const;

 private:
  friend class GgufParser;
  std::string name_;
  std::uint32_t version_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::vector<std::pair<std::string, GgufValue>> metadata_;
  std::map<std::string_view, std::size_t> index_;  ///< keys are views of the file
  TensorTable tensors_;
  std::shared_ptr<const void> owner_;  ///< of the bytes that metadata_ and index_ look at
};

}  // namespace hearth
