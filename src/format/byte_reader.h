// Reads little-endian numbers and text from the front of a buffer, never past its end. It knows nothing of any format.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace hearth {

static_assert(std::endian::native == std::endian::little, "files are little-endian and are read in place");

/// Views it hands out are views of `bytes`. Every failure is kCorruptData "<name>: <scope>: <problem>".
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string name);

  /// What is being read from here on, e.g. "tensor 'x'".
  void enter(std::string scope);
  std::uint64_t offset() const { return offset_; }
  std::uint64_t remaining() const { return bytes_.size() - offset_; }

  template <typename Number>
  Number number(std::string_view field) {
    Number value;
    std::memcpy(&value, take(sizeof value, field).data(), sizeof value);
    return value;
  }
  std::span<const std::byte> take(std::uint64_t size, std::string_view field);
  /// `count` items of `size` bytes.
  std::span<const std::byte> take(std::uint64_t count, std::uint64_t size, std::string_view field);
  /// A length of 64 bits and as many bytes.
  std::string_view text(std::string_view field);
  /// Fails unless `count` items of at least `smallest` bytes can follow.
  void expect_room(std::uint64_t count, std::uint64_t smallest, std::string_view field) const;

  [[noreturn]] void fail(std::string_view problem) const;

 private:
  std::span<const std::byte> bytes_;
  std::string name_;
  std::string scope_;
  std::uint64_t offset_ = 0;
};

}  // namespace hearth
