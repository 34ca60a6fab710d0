// SentencePiece's normaliser as GGUF's "t5" tokenizers carry it: the map of characters, and the rules for white space.
#pragma once

#include <optional>

#include "text/normalizer.h"
#include "text/precompiled_charsmap.h"

namespace hearth {

struct SentencePieceRules {
  bool add_space_prefix = true;
  bool remove_extra_whitespaces = false;
};

class SentencePieceNormalizer final : public Normalizer {
 public:
  SentencePieceNormalizer(std::optional<PrecompiledCharsmap> map, const SentencePieceRules& rules)
      : map_(std::move(map)), rules_(rules) {}
  void apply(NormalizedText& text) const override;

 private:
  std::optional<PrecompiledCharsmap> map_;
  SentencePieceRules rules_;
};

}  // namespace hearth
