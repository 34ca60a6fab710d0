// The tokens of a model as bytes, made once for all grammars, with what is the same for every grammar: which tokens
// stay inside a JSON string. It also keeps, within a bound, the masks that lexemes have been seen to allow.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "grammar/byte_groups.h"
#include "grammar/token_trie.h"
#include "hearth/sampling.h"

namespace hearth {

class Tokenizer;

/// A bit a token: token i is bit i % 64 of word i / 64.
using TokenMask = std::vector<std::uint64_t>;

inline void allow(TokenMask& mask, TokenId id) {
  mask[static_cast<std::size_t>(id) / 64] |= std::uint64_t{1} << (static_cast<std::size_t>(id) % 64);
}
inline void set_allowed(TokenMask& mask, TokenId id, bool allowed) {
  const std::uint64_t bit = std::uint64_t{1} << (static_cast<std::size_t>(id) % 64);
  std::uint64_t& word = mask[static_cast<std::size_t>(id) / 64];
  word = allowed ? word | bit : word & ~bit;
}
inline void allow_all(TokenMask& mask, std::span<const TokenId> ids) {
  for (const TokenId id : ids) allow(mask, id);
}
inline bool is_allowed(const TokenMask& mask, TokenId id) {
  return (mask[static_cast<std::size_t>(id) / 64] >> (static_cast<std::size_t>(id) % 64) & 1) != 0;
}

/// What the tokens do from one state of a lexeme on.
struct LexemeMask {
  TokenMask inside;          ///< they end in it, or at its end
  std::vector<TokenId> few;  ///< the same where they are few; `inside` is empty then
  /// They go on behind it: what stands behind the end, with the token. Only what begins with a byte that was asked for.
  std::unique_ptr<const TokenTrie> beyond;
  /// Keys of objects: those that end the key, by what the key is then.
  struct Ending {
    std::uint32_t label = 0;                  ///< of the KeyAutomaton
    std::uint32_t state = 0;                  ///< one that has the label
    std::vector<TokenId> exactly;             ///< they end with the closing quote
    std::unique_ptr<const TokenTrie> beyond;  ///< what stands behind it; null where nothing does
    std::vector<TokenId> several;             ///< they end more strings than one; in none of the other lists
  };
  std::vector<Ending> endings;

  void add_to(TokenMask& mask) const;
  std::size_t bytes() const;
};

/// Tokens from the middle of a JSON string whose text is free, by how many characters they add to it.
struct TextMasks {
  TokenMask inside;                            ///< those that end in the string or with its closing quote
  std::vector<TokenId> by_length;              ///< those without a closing quote, fewest characters first
  std::vector<std::uint32_t> first_of_length;  ///< by_length's first index with at least so many; the last: the size
  std::vector<std::vector<TokenId>> closing;   ///< [length]: those that end with the closing quote
  std::vector<std::unique_ptr<const TokenTrie>> beyond;  ///< [length]: what stands behind the closing quote
  std::unique_ptr<const TokenTrie> beyond_any;           ///< of all lengths
  std::vector<TokenId> several;                          ///< they end more strings than one; in none of the other lists
};

/// Safe for any number of threads.
class TokenVocabulary {
 public:
  /// Tokens without bytes and special ones are no part of it. `n_vocab` is the number of logits, at least the
  /// tokenizer's own size. The tokenizer is not kept.
  TokenVocabulary(const Tokenizer& tokenizer, std::int64_t n_vocab);
  /// Of byte strings, their index as id: for tests and checks without a model.
  explicit TokenVocabulary(const std::vector<std::string>& tokens);

  std::int64_t n_vocab() const { return n_vocab_; }
  std::size_t mask_words() const { return (static_cast<std::size_t>(n_vocab_) + 63) / 64; }
  const TokenTrie& trie() const { return trie_; }
  std::string_view token_bytes(TokenId id) const;
  const TextMasks& text_masks() const { return text_; }
  /// The groups of the bytes at and below each node of the trie.
  const std::vector<ByteGroups>& groups_from() const { return groups_from_; }

  /// The cached mask of a state, or null.
  struct Key {
    const void* automaton;  ///< a Dfa or a KeyAutomaton
    std::uint32_t state;
    std::uint32_t string;  ///< StringState, packed; kLexeme for a lexeme without quotes
    std::bitset<256> follow;
    bool plain_spelling = false;  ///< as GrammarGraph::plain_spelling
    bool operator==(const Key&) const = default;
  };
  static constexpr std::uint32_t kLexeme = 0xFFFF'FFFFU;
  std::shared_ptr<const LexemeMask> find(const Key& key) const;
  /// Keeps `automaton` alive with it.
  void keep(const Key& key, std::shared_ptr<const void> automaton, std::shared_ptr<const LexemeMask> mask) const;

 private:
  void make_text_masks();

  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Kept {
    std::shared_ptr<const void> automaton;
    std::shared_ptr<const LexemeMask> mask;
  };

  std::int64_t n_vocab_;
  std::vector<std::string> bytes_;
  TokenTrie trie_;
  TextMasks text_;
  std::vector<ByteGroups> groups_from_;  // [n_nodes]
  mutable std::mutex mutex_;
  mutable std::unordered_map<Key, Kept, KeyHash> kept_;
  mutable std::size_t kept_bytes_ = 0;
};

}  // namespace hearth
