// Where text without a pre-tokenizer can be cut all the same: SentencePiece vocabularies write a space as "▁" and have
// it only at the beginning of tokens, so no token reaches across the place before a "▁".
#pragma once

#include <string_view>

namespace hearth {

inline constexpr std::string_view kMetaspace = "\u2581";

/// Whether `token` has a "▁" behind something else, so that it reaches across such a place.
inline bool crosses_word_boundary(std::string_view token) {
  bool other = false;
  while (!token.empty()) {
    if (token.starts_with(kMetaspace)) {
      if (other) return true;
      token.remove_prefix(kMetaspace.size());
    } else {
      other = true;
      token.remove_prefix(1);
    }
  }
  return false;
}

/// The bytes of `text` (not empty) up to the first "▁" that stands behind something else.
inline std::size_t first_word_length(std::string_view text) {
  std::size_t i = 0;
  while (text.substr(i, kMetaspace.size()) == kMetaspace) i += kMetaspace.size();
  if (i == text.size()) return i;
  const std::size_t next = text.find(kMetaspace, i + 1);
  return next == std::string_view::npos ? text.size() : next;
}

}  // namespace hearth
