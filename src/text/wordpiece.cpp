#include "text/wordpiece.h"

#include "base/unicode.h"
#include "hearth/error.h"

namespace hearth {
namespace {

TokenId require(std::optional<TokenId> unk) {
  if (!unk)
    throw Error(ErrorCode::kInvalidArgument,
                "the text has a word that the vocabulary lacks, and there is no unknown token");
  return *unk;
}

bool has_more_characters(std::string_view piece, std::size_t limit) {
  std::size_t n = 0;
  if (piece.size() <= limit) return false;
  for (std::size_t i = 0; i < piece.size(); i += decode_utf8(piece, i).length) {
    if (++n > limit) return true;
  }
  return false;
}

}  // namespace

void WordPiece::tokenize(std::string_view piece, std::vector<TokenId>& out) const {
  if (has_more_characters(piece, max_characters_)) return out.push_back(require(unk_));
  const std::size_t first = out.size();
  for (std::size_t i = 0; i < piece.size();) {
    const ByteTrie::Match match = (i == 0 ? beginnings_ : continuations_).longest_prefix(piece.substr(i));
    if (match.length == 0) {
      out.resize(first);
      return out.push_back(require(unk_));
    }
    out.push_back(match.value);
    i += match.length;
  }
}

void WordLevel::tokenize(std::string_view piece, std::vector<TokenId>& out) const {
  const ByteTrie::Match match = words_.longest_prefix(piece);
  out.push_back(match.length == piece.size() && match.length > 0 ? match.value : require(unk_));
}

}  // namespace hearth
