#include "text/bpe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/byte_tokens.h"
#include "text/word_boundary.h"

namespace hearth {
namespace {

constexpr char32_t kDirectCharacters = 0x800;
constexpr std::size_t kMaxPiece = std::size_t{1} << 30;

}  // namespace

Bpe::Bpe(std::shared_ptr<const Vocabulary> vocabulary, const std::vector<MergePair>& merges, BpeOptions options,
         const IsControl& is_control, const std::string& where)
    : vocabulary_(std::move(vocabulary)), options_(std::move(options)), merges_(merges.size()) {
  const std::size_t prefix = options_.continuing_subword_prefix.size();
  bool crosses = false;
  std::string joined;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right] = merges[rank];
    joined.assign(left).append(right.size() >= prefix ? right.substr(prefix) : std::string_view());
    const auto a = vocabulary_->find(left);
    const auto b = vocabulary_->find(right);
    const auto c = vocabulary_->find(joined);
    if (!a || !b || !c) {
      throw Error(ErrorCode::kCorruptData, fmt::format("{}[{}]: \"{}\" is not in the vocabulary", where, rank,
                                                       !a   ? left
                                                       : !b ? right
                                                            : std::string_view(joined)));
    }
    if (is_control(joined)) continue;
    merges_.insert(static_cast<std::uint32_t>(*a), static_cast<std::uint32_t>(*b),
                   {static_cast<std::uint32_t>(rank), static_cast<std::uint32_t>(*c)});
    crosses = crosses || crosses_word_boundary(joined);
  }
  if (!options_.unk_token.empty()) {
    unk_ = vocabulary_->find(options_.unk_token);
    if (!unk_) {
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("{}: unk_token \"{}\" is not in the vocabulary", where, options_.unk_token));
    }
  }
  if (options_.ignore_merges) {
    for (TokenId id = 0; id < vocabulary_->size(); ++id) control_.push_back(is_control(vocabulary_->text(id)));
  }
  has_bytes_ = options_.byte_fallback;
  for (unsigned byte = 0; byte < 256 && has_bytes_; ++byte) {
    const auto id = vocabulary_->find(byte_token(static_cast<std::uint8_t>(byte)));
    bytes_[byte] = id.value_or(-1);
  }
  characters_.assign(kDirectCharacters, -1);
  std::string character;
  for (char32_t c = 0; c < kDirectCharacters; ++c) {
    character.clear();
    append_utf8(character, c);
    characters_[c] = vocabulary_->find(character).value_or(-1);
  }
  words_are_independent_ = !crosses && !options_.ignore_merges && prefix == 0 && options_.end_of_word_suffix.empty() &&
                           vocabulary_->find(kMetaspace).has_value();
}

std::size_t Bpe::independent_prefix(std::string_view piece) const {
  return words_are_independent_ ? first_word_length(piece) : piece.size();
}

std::optional<TokenId> Bpe::find_character(std::string_view character) const {
  const CodePoint c = decode_utf8(character, 0);
  if (c.valid && c.length == character.size() && c.value < kDirectCharacters) {
    const TokenId id = characters_[c.value];
    if (id < 0) return std::nullopt;
    return id;
  }
  return vocabulary_->find(character);
}

bool Bpe::add_bytes(std::string_view character, std::uint32_t begin, std::vector<Symbol>& symbols) const {
  if (!has_bytes_) return false;
  const auto id_of = [this](char byte) { return bytes_[static_cast<std::uint8_t>(byte)]; };
  if (std::any_of(character.begin(), character.end(), [&](char byte) { return id_of(byte) < 0; })) return false;
  for (std::size_t i = 0; i < character.size(); ++i) {
    symbols.push_back({.id = static_cast<std::uint32_t>(id_of(character[i])),
                       .begin = begin + static_cast<std::uint32_t>(i),
                       .length = 1});
  }
  return true;
}

/// The word's characters as symbols; what the vocabulary lacks becomes bytes, the unknown token, or nothing.
void Bpe::split(std::string_view piece, std::vector<Symbol>& symbols) const {
  const bool decorated = !options_.continuing_subword_prefix.empty() || !options_.end_of_word_suffix.empty();
  std::string text;
  std::optional<Symbol> unknown;  // not placed yet: the next unknown character may join it
  for (std::size_t i = 0; i < piece.size();) {
    const std::size_t length = decode_utf8(piece, i).length;
    std::string_view character = piece.substr(i, length);
    if (decorated) {
      text = i > 0 ? options_.continuing_subword_prefix : std::string();
      text += character;
      if (i + length == piece.size()) text += options_.end_of_word_suffix;
      character = text;
    }
    const auto begin = static_cast<std::uint32_t>(i);
    const auto n = static_cast<std::uint32_t>(length);
    i += length;
    if (const auto id = find_character(character)) {
      if (unknown) symbols.push_back(*unknown);
      unknown.reset();
      symbols.push_back({.id = static_cast<std::uint32_t>(*id), .begin = begin, .length = n});
    } else if (!add_bytes(character, begin, symbols) && unk_) {
      if (unknown && options_.fuse_unk) {
        unknown->length += n;
      } else {
        if (unknown) symbols.push_back(*unknown);
        unknown = Symbol{.id = static_cast<std::uint32_t>(*unk_), .begin = begin, .length = n};
      }
    }
  }
  if (unknown) symbols.push_back(*unknown);
}

void Bpe::tokenize(std::string_view piece, std::vector<TokenId>& out) const {
  if (piece.size() > kMaxPiece) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("a word of {} bytes is too long to tokenise", piece.size()));
  }
  if (options_.ignore_merges) {
    const auto whole = vocabulary_->find(piece);
    if (whole && !control_[static_cast<std::size_t>(*whole)]) return out.push_back(*whole);
  }
  std::vector<Symbol> symbols;
  symbols.reserve(std::min<std::size_t>(piece.size(), 64));
  split(piece, symbols);
  const auto find = [this](const Symbol& left, const Symbol& right) { return merges_.find(left.id, right.id); };
  SymbolMerger(symbols, find).run();
  for (const Symbol& symbol : symbols) {
    if (symbol.length > 0) out.push_back(static_cast<TokenId>(symbol.id));
  }
}

}  // namespace hearth
