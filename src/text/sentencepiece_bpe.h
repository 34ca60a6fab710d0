// SentencePiece's BPE as GGUF files carry it (tokenizer.ggml.model "llama"): no list of merges but a score for every
// token; two neighbours merge where their text together is a token, best score first.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/token_model.h"
#include "text/vocabulary.h"

namespace hearth {

class SentencePieceBpe final : public TokenModel {
 public:
  /// `scores`: one an id. `mergeable`: one an id, false for what plain text must never become (control and byte
  /// tokens). `unk`: what a byte without a token of its own becomes; without one it is left out.
  SentencePieceBpe(std::shared_ptr<const Vocabulary> vocabulary, const std::vector<float>& scores,
                   const std::vector<bool>& mergeable, std::optional<TokenId> unk);

  std::string_view kind() const override { return "SentencePiece BPE"; }

 private:
  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override;
  std::size_t independent_prefix(std::string_view piece) const override;

  struct Token {
    TokenId id;
    std::uint32_t rank;  ///< equal scores share one; the best is 0
  };
  std::shared_ptr<const Vocabulary> vocabulary_;
  std::unordered_map<std::string_view, Token> tokens_;
  std::size_t longest_ = 0;
  std::array<std::optional<TokenId>, 256> bytes_;
  std::optional<TokenId> unk_;
  bool words_are_independent_ = false;
};

}  // namespace hearth
