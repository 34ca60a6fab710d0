// What turns one piece of text into token ids: byte-pair merges, a unigram language model, or longest words.
#pragma once

#include <string_view>
#include <vector>

#include "text/piece_cache.h"
#include "text/tokenizer.h"

namespace hearth {

class TokenModel {
 public:
  virtual ~TokenModel() = default;

  /// Appends the ids of `piece`. Time is at most n log n in its length. Errors: kInvalidArgument for text that the
  /// vocabulary cannot write and that has no unknown token either.
  void encode(std::string_view piece, PieceCache& cache, std::vector<TokenId>& out) const;

  /// As Tokenizer::kind().
  virtual std::string_view kind() const = 0;

 protected:
  virtual void tokenize(std::string_view piece, std::vector<TokenId>& out) const = 0;
  /// The longest beginning of `piece` (not empty) that gives the same ids alone as in the whole: no token reaches
  /// across its end.
  virtual std::size_t independent_prefix(std::string_view piece) const { return piece.size(); }
};

}  // namespace hearth
