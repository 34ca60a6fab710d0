#include "text/token_model.h"

#include <span>

namespace hearth {

void TokenModel::encode(std::string_view piece, PieceCache& cache, std::vector<TokenId>& out) const {
  while (!piece.empty()) {
    const std::string_view word = piece.substr(0, independent_prefix(piece));
    piece.remove_prefix(word.size());
    if (cache.find(word, out)) continue;
    const std::size_t first = out.size();
    tokenize(word, out);
    cache.insert(word, std::span(out).subspan(first));
  }
}

}  // namespace hearth
