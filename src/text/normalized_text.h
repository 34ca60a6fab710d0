// Text on its way through normalizers, and a way to rewrite it that keeps for every byte where in the original text it
// came from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// [begin, end) in the original text.
struct SourceRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct NormalizedText {
  std::string text;
  bool keeps_start = true;  ///< whether the first byte still comes from where the original begins
  bool tracks_source = false;
  std::vector<SourceRange> source;  ///< one a byte of `text` where tracks_source, else empty

  /// `track` costs 16 bytes a byte of text; only untrusted ranges need it.
  NormalizedText(std::string_view original, bool track);
  /// The part of the original that text[begin, end) came from. REQUIRES: tracks_source.
  SourceRange source_of(std::size_t begin, std::size_t end) const;
};

/// Builds the next form of a NormalizedText from left to right.
class TextRewriter {
 public:
  explicit TextRewriter(NormalizedText& target) : target_(target) { text_.reserve(target.text.size() + 16); }
  /// Copies [begin, end) of the old text.
  void keep(std::size_t begin, std::size_t end);
  /// Puts `with` in the place of [begin, end) of the old text.
  void replace(std::size_t begin, std::size_t end, std::string_view with);
  /// Makes the new form the target's.
  void finish();

 private:
  void note_source(std::size_t begin) {
    if (text_.empty()) starts_at_ = begin;
  }

  NormalizedText& target_;
  std::string text_;
  std::size_t starts_at_ = 0;  // where in the old text the first byte comes from
  std::vector<SourceRange> source_;
};

}  // namespace hearth
