// WordPiece as BERT has it: the longest token that a word begins with, then the longest continuation, and so on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/byte_trie.h"
#include "text/token_model.h"

namespace hearth {

class WordPiece final : public TokenModel {
 public:
  using Entries = std::vector<std::pair<std::string_view, std::int32_t>>;

  /// `beginnings`: tokens a word may begin with; `continuations`: those behind them, without their "##". A word longer
  /// than `max_characters`, or one that cannot be written, is `unk`.
  WordPiece(Entries beginnings, Entries continuations, std::optional<TokenId> unk, std::size_t max_characters)
      : beginnings_(std::move(beginnings)),
        continuations_(std::move(continuations)),
        unk_(unk),
        max_characters_(max_characters) {}

  std::string_view kind() const override { return "WordPiece"; }

 private:
  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override;

  ByteTrie beginnings_;
  ByteTrie continuations_;
  std::optional<TokenId> unk_;
  std::size_t max_characters_;
};

/// A vocabulary of whole words.
class WordLevel final : public TokenModel {
 public:
  WordLevel(WordPiece::Entries words, std::optional<TokenId> unk) : words_(std::move(words)), unk_(unk) {}
  std::string_view kind() const override { return "WordLevel"; }

 private:
  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override;

  ByteTrie words_;
  std::optional<TokenId> unk_;
};

}  // namespace hearth
