// The unigram language model of SentencePiece (Kudo 2018): of all ways to write a piece in tokens, the most probable
// one.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/token_model.h"
#include "text/vocabulary.h"

namespace hearth {

struct UnigramOptions {
  std::optional<TokenId> unk;
  bool byte_fallback = false;  ///< unknown characters are written in <0x..> tokens
};

class Unigram final : public TokenModel {
 public:
  /// `scores`: log probabilities, one an id. `usable`: one an id, false for what plain text must never become. An
  /// unknown character costs 10 more than the least probable token (`least` where given: GGUF counts normal tokens
  /// only).
  Unigram(std::shared_ptr<const Vocabulary> vocabulary, std::vector<double> scores, const std::vector<bool>& usable,
          const UnigramOptions& options, std::optional<double> least = std::nullopt);

  std::string_view kind() const override { return "Unigram"; }

 private:
  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override;
  std::size_t independent_prefix(std::string_view piece) const override;
  void add_unknown(std::string_view text, std::vector<TokenId>& out) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::vector<double> scores_;
  ByteTrie trie_;
  UnigramOptions options_;
  double unknown_score_ = 0;
  std::array<std::optional<TokenId>, 256> bytes_;
  bool words_are_independent_ = false;
};

}  // namespace hearth
