#include "text/sentencepiece_bpe.h"

#include <algorithm>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/byte_tokens.h"
#include "text/merge_symbols.h"
#include "text/word_boundary.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxPiece = std::size_t{1} << 30;

/// Ranks by falling score.
std::vector<std::uint32_t> ranks_of(const std::vector<float>& scores) {
  std::vector<float> sorted = scores;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<std::uint32_t> ranks;
  ranks.reserve(scores.size());
  for (const float score : scores) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), score, std::greater<>());
    ranks.push_back(static_cast<std::uint32_t>(place - sorted.begin()));
  }
  return ranks;
}

}  // namespace

SentencePieceBpe::SentencePieceBpe(std::shared_ptr<const Vocabulary> vocabulary, const std::vector<float>& scores,
                                   const std::vector<bool>& mergeable, std::optional<TokenId> unk)
    : vocabulary_(std::move(vocabulary)), unk_(unk) {
  const std::vector<std::uint32_t> ranks = ranks_of(scores);
  bool crosses = false;
  tokens_.reserve(ranks.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    if (!mergeable[i] || !vocabulary_->contains(id)) continue;
    const std::string_view text = vocabulary_->text(id);
    tokens_.emplace(text, Token{id, ranks[i]});
    longest_ = std::max(longest_, text.size());
    crosses = crosses || crosses_word_boundary(text);
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    bytes_[byte] = vocabulary_->find(byte_token(static_cast<std::uint8_t>(byte)));
  }
  words_are_independent_ = !crosses;
}

std::size_t SentencePieceBpe::independent_prefix(std::string_view piece) const {
  return words_are_independent_ ? first_word_length(piece) : piece.size();
}

void SentencePieceBpe::tokenize(std::string_view piece, std::vector<TokenId>& out) const {
  if (piece.size() > kMaxPiece) throw Error(ErrorCode::kInvalidArgument, "the text is too long to tokenise");
  constexpr std::uint32_t kNoToken = UINT32_MAX;
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < piece.size();) {
    const std::size_t length = decode_utf8(piece, i).length;
    const auto token = tokens_.find(piece.substr(i, length));
    symbols.push_back({.id = token == tokens_.end() ? kNoToken : static_cast<std::uint32_t>(token->second.id),
                       .begin = static_cast<std::uint32_t>(i),
                       .length = static_cast<std::uint32_t>(length)});
    i += length;
  }
  const auto find = [this, piece](const Symbol& left, const Symbol& right) {
    const std::size_t length = std::size_t{left.length} + right.length;
    if (length > longest_) return Merge{};
    const auto token = tokens_.find(piece.substr(left.begin, length));
    return token == tokens_.end() ? Merge{} : Merge{token->second.rank, static_cast<std::uint32_t>(token->second.id)};
  };
  SymbolMerger(symbols, find).run();
  for (const Symbol& symbol : symbols) {
    if (symbol.length == 0) continue;
    if (symbol.id != kNoToken) {
      out.push_back(static_cast<TokenId>(symbol.id));
      continue;
    }
    for (const char byte : piece.substr(symbol.begin, symbol.length)) {
      const auto id = bytes_[static_cast<std::uint8_t>(byte)];
      if (id || unk_) out.push_back(id ? *id : *unk_);
    }
  }
}

}  // namespace hearth
