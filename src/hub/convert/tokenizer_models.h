// What GGUF says of each kind of tokenizer: byte-level BPE, SentencePiece-like BPE, Unigram, WordPiece.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "format/gguf_writer.h"
#include "text/gguf_vocabulary.h"
#include "text/load_hf_parts.h"

namespace hearth {

/// A folder's tokenizer, read and still as it was written.
struct HfTokenizer {
  enum class Kind { kByteLevelBpe, kSentencePieceBpe, kUnigram, kWordPiece };

  Kind kind = Kind::kByteLevelBpe;
  TokenizerParts parts;
  HfCompanions companions;
  json::value document;             ///< tokenizer.json, or null
  std::vector<std::string> merges;  ///< lines of merges.txt where there is no tokenizer.json
  std::string name;                 ///< of the file, for errors

  /// Errors: kNotFound, kCorruptData, kUnsupported.
  static HfTokenizer load(const std::filesystem::path& folder);

  bool is_special(TokenId id) const;
  /// The token that the configuration calls "bos_token", "unk_token" …
  std::optional<TokenId> named(const char* key) const;
  std::optional<TokenId> bos() const { return parts.bos ? parts.bos : named("bos_token"); }
  std::optional<TokenId> eos() const { return parts.eos ? parts.eos : named("eos_token"); }
};

/// tokenizer.ggml.model and pre, merges or scores, and what the normaliser does.
void set_tokenizer_model(GgufWriter& writer, const HfTokenizer& tokenizer, std::string_view architecture);

/// SentencePiece's scores for `n_tokens` ids; empty for tokenizers that have none.
std::vector<float> token_scores(const HfTokenizer& tokenizer, std::int64_t n_tokens);

/// One for each of `n_tokens` ids; kUnused where the vocabulary has none.
std::vector<GgufTokenType> token_types(const HfTokenizer& tokenizer, std::int64_t n_tokens);

/// The token as GGUF writes it: WordPiece's "##ing" is "ing" there, and "the" is "▁the".
std::string gguf_text(const HfTokenizer& tokenizer, TokenId id, GgufTokenType type);

}  // namespace hearth
