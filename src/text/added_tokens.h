// Tokens that are found in the text before the model sees it: control tokens ("<|im_end|>") and others added to a
// vocabulary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/byte_trie.h"
#include "text/normalized_text.h"
#include "text/normalizer.h"
#include "text/tokenizer.h"

namespace hearth {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  ///< only where no letter or digit stands beside it
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space behind it
  bool normalized = false;   ///< looked for in normalised text, in its own normalised form
  bool special = false;
};

/// A stretch of text between tokens, or a token.
struct Section {
  static constexpr TokenId kText = -1;
  TokenId id = kText;
  std::size_t begin = 0;  ///< of text: where in the searched string
  std::size_t end = 0;
};

/// One of the two sets, those looked for in the text as it is and those in normalised text.
class AddedTokenSet {
 public:
  AddedTokenSet() = default;
  /// `patterns[i]` is what to look for for `tokens[i]`.
  AddedTokenSet(std::vector<AddedToken> tokens, const std::vector<std::string>& patterns);

  bool empty() const { return trie_.empty(); }
  bool has_special() const { return has_special_; }

  /// Cuts `text` at the tokens in it: leftmost first, of those the longest. A special token is passed over where
  /// `allows_special` says no for its place.
  std::vector<Section> cut(std::string_view text, bool parse_special,
                           const std::function<bool(std::size_t begin, std::size_t end)>& allows_special) const;

 private:
  std::vector<AddedToken> tokens_;
  ByteTrie trie_;
  bool has_special_ = false;
};

/// Splits text into tokens that were added and normalised text between them.
class AddedTokens {
 public:
  AddedTokens() = default;
  /// `normalizer` may be null.
  AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer);

  /// A piece of what is left of the text, or a token.
  struct Part {
    TokenId id = Section::kText;
    std::string text;       ///< normalised
    bool at_start = false;  ///< whether it begins where the whole text begins
  };
  /// Calls `found` for the parts in order.
  void split(std::string_view text, const EncodeOptions& options, const std::function<void(Part&&)>& found) const;

 private:
  void split_normalized(std::string_view text, std::size_t offset, const EncodeOptions& options,
                        const std::function<void(Part&&)>& found) const;

  const Normalizer* normalizer_ = nullptr;
  AddedTokenSet plain_;
  AddedTokenSet normalized_;
};

}  // namespace hearth
