// Byte-pair encoding by a list of merges, as Hugging Face tokenizers does it; byte-level or not is the pre-tokenizer's
// matter.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/pair_table.h"
#include "text/token_model.h"
#include "text/vocabulary.h"

namespace hearth {

struct BpeOptions {
  std::string unk_token;                  ///< empty: unknown characters are left out
  std::string continuing_subword_prefix;  ///< stands before every symbol of a word but the first
  std::string end_of_word_suffix;         ///< stands behind the last symbol of a word
  bool fuse_unk = false;                  ///< neighbouring unknown characters are one unknown token
  bool byte_fallback = false;             ///< unknown characters are written in <0x..> tokens
  bool ignore_merges = false;             ///< a word that is a token stays whole
  bool byte_level = true;                 ///< decides kind() only
};

using MergePair = std::pair<std::string_view, std::string_view>;

class Bpe final : public TokenModel {
 public:
  using IsControl = std::function<bool(std::string_view token_text)>;

  /// `merges` in the order of their rank; `where` names them in errors. What `is_control` names is never made of plain
  /// text. Errors: kCorruptData for a merge of or into something that is not in the vocabulary, or an unk_token that is
  /// not.
  Bpe(std::shared_ptr<const Vocabulary> vocabulary, const std::vector<MergePair>& merges, BpeOptions options,
      const IsControl& is_control, const std::string& where);

  std::string_view kind() const override { return options_.byte_level ? "byte-level BPE" : "SentencePiece BPE"; }

 private:
  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override;
  std::size_t independent_prefix(std::string_view piece) const override;
  std::optional<TokenId> find_character(std::string_view character) const;
  void split(std::string_view piece, std::vector<Symbol>& symbols) const;
  bool add_bytes(std::string_view character, std::uint32_t begin, std::vector<Symbol>& symbols) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  BpeOptions options_;
  PairTable merges_;
  std::optional<TokenId> unk_;
  std::vector<bool> control_;  // by id; kept where whole words are looked up
  bool has_bytes_ = false;     // a token for every byte
  std::array<TokenId, 256> bytes_{};
  std::vector<TokenId> characters_;  // ids of the characters below U+0800, -1 for none
  bool words_are_independent_ = false;
};

}  // namespace hearth
