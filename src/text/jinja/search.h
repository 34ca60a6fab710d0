// Finding one text in another in linear time, whatever they are: the texts are hostile and std::string_view::find is
// quadratic on "aaaa…" in "aaaa…b".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

class Needle {
 public:
  static constexpr std::size_t npos = std::string_view::npos;

  /// `text` outlives the needle. Its tables are charged to the rendering's memory.
  Needle(Runtime& runtime, std::string_view text);

  /// The first occurrence at or after `from`; npos where there is none.
  std::size_t find(std::string_view haystack, std::size_t from = 0) const;
  /// The last occurrence that lies wholly in `haystack`.
  std::size_t rfind(std::string_view haystack) const;

 private:
  std::string_view text_;
  // Knuth, Morris and Pratt's failure tables, of the text and of its mirror image; empty where the text is so short
  // that the standard library's search costs no more than a small factor.
  std::vector<std::uint32_t> forward_;
  std::vector<std::uint32_t> backward_;
  Charge charge_;
};

}  // namespace hearth::jinja
