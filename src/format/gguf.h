// GGUF v2 and v3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), little-endian: metadata and tensors as zero-copy
// views of a mapped file, split files joined. It reads bytes only: what keys mean to a model is in model/.
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
#include <variant>
#include <vector>

#include "format/tensor_table.h"

namespace hearth {

enum class GgufType : std::uint32_t {
  kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64
};

struct GgufValue;
/// Elements of one type. Numbers stay in the file (`raw`, unaligned, little-endian); strings are views of it.
struct GgufArray {
  GgufType type = GgufType::kU8;
  std::uint64_t count = 0;
  std::span<const std::byte> raw;              ///< numbers and bools
  std::vector<std::string_view> strings;       ///< kString
  std::vector<GgufArray> arrays;               ///< kArray (nesting is limited)
};
struct GgufValue {
  GgufType type = GgufType::kU8;
  std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, GgufArray> value;  ///< unsigned, signed, float, …
};

class GgufFile {
 public:
  /// Opens a file, and where its name ends in -0000K-of-0000N.gguf all N parts beside it. Errors: kNotFound, kIo, kCorruptData,
  /// kUnsupported (version, tensor type), each naming file, field and value.
  static std::shared_ptr<const GgufFile> open(const std::filesystem::path& path);
  /// The same from memory; `owner` keeps `bytes` alive, `name` stands in for the path. No splits.
  static std::shared_ptr<const GgufFile> parse(std::span<const std::byte> bytes, std::string name, std::shared_ptr<const void> owner);

  const std::string& name() const { return name_; }
  std::uint32_t version() const { return version_; }
  std::uint64_t file_bytes() const { return file_bytes_; }  ///< all parts together
  /// In file order; those of the first part where the file is split.
  const std::vector<std::pair<std::string, GgufValue>>& metadata() const { return metadata_; }
  const TensorTable& tensors() const { return tensors_; }

  const GgufValue* find(std::string_view key) const;
  /// Typed looks: empty where the key is missing; kCorruptData naming file, key and value where the type or range is wrong.
  /// Any integer type serves for integers, F32 and F64 for numbers.
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
  std::map<std::string_view, std::size_t> index_;
  TensorTable tensors_;
  std::vector<std::shared_ptr<const void>> owners_;
};

/// Writes GGUF v3. Values and tensors keep the order of the calls; a key or name given twice is kInvalidArgument.
class GgufWriter {
 public:
  explicit GgufWriter(std::string architecture);  ///< sets general.architecture
  void set(std::string key, std::uint32_t value);
  void set(std::string key, std::int32_t value);
  void set(std::string key, std::uint64_t value);
  void set(std::string key, float value);
  void set(std::string key, bool value);
  void set(std::string key, std::string_view value);
  void set(std::string key, const char* value) { set(std::move(key), std::string_view(value)); }
  void set(std::string key, std::span<const std::string> values);
  void set(std::string key, std::span<const float> values);
  void set(std::string key, std::span<const std::int32_t> values);
  void set(std::string key, std::span<const std::uint32_t> values);
  void set_raw(std::string key, const GgufValue& value);  ///< copies a value read from another file
  /// The tensor's bytes are read when the file is written and must live until then.
  void add_tensor(std::string name, Tensor tensor);
  /// Streams to a file beside `path`, then renames. `alignment` is a power of two. Errors: kIo.
  void write(const std::filesystem::path& path, std::uint32_t alignment = 32) const;
  std::string to_bytes(std::uint32_t alignment = 32) const;

 private:
  struct Entry {
    std::string key;
    std::string bytes;  ///< type number and value as they stand in the file
  };
  void put(std::string key, std::string bytes);
  std::vector<Entry> entries_;
  std::vector<std::pair<std::string, Tensor>> tensors_;
};

}  // namespace hearth
