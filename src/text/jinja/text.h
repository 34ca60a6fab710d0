// A string that remembers which of its bytes came from the caller's messages and tools, through slicing and joining.
// It knows bytes only; characters are unicode_text.h's matter and limits are Runtime's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth::jinja {

class Text {
 public:
  using Range = std::pair<std::size_t, std::size_t>;  ///< [begin, end) in bytes

  Text() = default;
  explicit Text(std::string bytes, bool untrusted = false);

  std::string_view view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  /// Ascending, not empty, never touching each other.
  const std::vector<Range>& untrusted() const { return untrusted_; }
  bool any_untrusted() const { return !untrusted_.empty(); }
  bool untrusted_at(std::size_t byte) const;
  /// Whether any byte of [begin, end) is untrusted.
  bool untrusted_in(std::size_t begin, std::size_t end) const;

  void append(std::string_view bytes, bool untrusted);
  void append(const Text& other) { append_slice(other, 0, other.size()); }
  /// Appends bytes [begin, end) of `other`, with their provenance. REQUIRES: begin <= end <= other.size(), &other !=
  /// this.
  void append_slice(const Text& other, std::size_t begin, std::size_t end);
  Text slice(std::size_t begin, std::size_t end) const;
  void mark_all_untrusted();
  /// `bytes` in place of its own, byte for byte of the same origin. REQUIRES: bytes.size() == size().
  Text with_bytes(std::string bytes) const;

  /// The bytes and ranges moved out.
  std::pair<std::string, std::vector<Range>> release() &&;

 private:
  void add_range(std::size_t begin, std::size_t end);

  std::string bytes_;
  std::vector<Range> untrusted_;
};

}  // namespace hearth::jinja
