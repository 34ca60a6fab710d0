// Writes GGUF files: metadata in the order it is given, then tensors, from memory or made while the file is written. It
// does not convert or quantise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/gguf_value.h"
#include "tensor/tensor.h"

namespace hearth {

/// Writes GGUF v3. Values and tensors keep the order of the calls. A key or name that is empty, too long or given
/// twice, and a tensor that GGUF cannot hold, are kInvalidArgument. Who copies the metadata of another file leaves out
/// general.architecture (the constructor writes it), general.alignment (write does) and split.*.
class GgufWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  /// Hands the bytes of one tensor to the sink, first to last, in pieces of any size.
  using TensorBytes = std::function<void(const Sink&)>;

  explicit GgufWriter(std::string_view architecture);  ///< sets general.architecture
  void set(std::string key, std::uint32_t value);
  void set(std::string key, std::int32_t value);
  void set(std::string key, std::uint64_t value);
  void set(std::string key, std::int64_t value);
  void set(std::string key, float value);
  void set(std::string key, bool value);
  void set(std::string key, std::string_view value);
  void set(std::string key, const char* value) { set(std::move(key), std::string_view(value)); }
  void set(std::string key, std::span<const std::string> values);
  void set(std::string key, std::span<const float> values);
  void set(std::string key, std::span<const std::int32_t> values);
  void set(std::string key, std::span<const std::uint32_t> values);
  /// Copies a value read from another file. Errors: kInvalidArgument also where value and type do not fit.
  void set_raw(std::string key, const GgufValue& value);
  /// The tensor's bytes are read when the file is written and must live until then.
  void add_tensor(std::string name, Tensor tensor);
  /// A tensor that is made when the file is written, so that it need not fit in memory. Who asks twice (write and
  /// to_bytes) must make it twice. Errors while writing: kInternal where the number of bytes is not that of the shape.
  void add_tensor(std::string name, DType dtype, const Shape& shape, TensorBytes bytes);
  /// What write() will put on the disk. Errors: kInvalidArgument.
  std::uint64_t file_bytes(std::uint32_t alignment = 32) const;
  /// Streams to a file beside `path`, then renames. `alignment` is a power of two, 8 or more. Errors: kIo,
  /// kInvalidArgument.
  void write(const std::filesystem::path& path, std::uint32_t alignment = 32) const;
  std::string to_bytes(std::uint32_t alignment = 32) const;

 private:
  struct Entry {
    std::string key;
    std::string bytes;  ///< type number and value as they stand in the file
  };
  void put(std::string key, std::string bytes);
  std::string header(std::uint32_t alignment) const;
  void emit(std::uint32_t alignment, const Sink& sink) const;
  std::vector<Entry> entries_;
  std::set<std::string> keys_;
  std::set<std::string> tensor_names_;
  struct NamedTensor {
    std::string name;
    Tensor tensor;      ///< without data where `bytes` makes it
    TensorBytes bytes;  ///< may be empty
  };
  void put_tensor(NamedTensor added);
  void emit_tensor(const NamedTensor& added, const Sink& sink) const;
  std::vector<NamedTensor> tensors_;
};

}  // namespace hearth
