// SentencePiece's normaliser map: a Darts double-array trie from byte strings to their replacements, as it stands in
// model files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/normalizer.h"

namespace hearth {

class PrecompiledCharsmap {
 public:
  /// `blob`: length of the trie in bytes (little-endian u32), the trie's units (u32), replacements that end in NUL.
  /// Errors: kCorruptData naming `where`.
  PrecompiledCharsmap(std::string_view blob, const std::string& where);

  struct Match {
    std::size_t length;  ///< bytes of the text that are replaced
    std::string_view replacement;
  };
  /// The shortest (Hugging Face) or longest (SentencePiece) entry that `text` begins with.
  std::optional<Match> shortest(std::string_view text) const { return find(text, true); }
  std::optional<Match> longest(std::string_view text) const { return find(text, false); }

 private:
  std::optional<Match> find(std::string_view text, bool first_only) const;
  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

/// The map as Hugging Face tokenizers applies it: to grapheme clusters of up to five bytes, else to single characters.
class PrecompiledNormalizer final : public Normalizer {
 public:
  explicit PrecompiledNormalizer(PrecompiledCharsmap map) : map_(std::move(map)) {}
  void apply(NormalizedText& text) const override;

 private:
  PrecompiledCharsmap map_;
};

}  // namespace hearth
