// The vocabulary in a GGUF file's metadata ("tokenizer.ggml.*"), checked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/gguf.h"
#include "text/added_tokens.h"
#include "text/vocabulary.h"

namespace hearth {

/// The numbers of "tokenizer.ggml.token_type".
enum class GgufTokenType { kUndefined, kNormal, kUnknown, kControl, kUserDefined, kUnused, kByte };

struct GgufVocabulary {
  std::shared_ptr<Vocabulary> vocabulary;
  std::vector<GgufTokenType> types;  ///< one an id
  std::vector<float> scores;         ///< one an id, or empty
  std::optional<TokenId> bos, eos, unk, sep, cls;

  /// Errors: kCorruptData for arrays of unequal length, ids outside the vocabulary, tokens given twice.
  static GgufVocabulary load(const GgufFile& file);

  GgufTokenType type(TokenId id) const { return types[static_cast<std::size_t>(id)]; }
  /// Control and unknown tokens: never made of plain text.
  bool is_control(TokenId id) const {
    return type(id) == GgufTokenType::kControl || type(id) == GgufTokenType::kUnknown;
  }
  bool is_control_text(std::string_view text) const;
  /// Control, unknown and user-defined tokens, with the white space that the model's family has them take.
  std::vector<AddedToken> added_tokens(const GgufFile& file) const;
};

}  // namespace hearth
