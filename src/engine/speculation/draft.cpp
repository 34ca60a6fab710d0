#include "engine/speculation/draft.h"

#include <algorithm>

namespace hearth {

void find_draft(std::span<const TokenId> tokens, std::int64_t most, Draft& draft) {
  draft.tokens.clear();
  draft.match = 0;
  const auto n = static_cast<std::int64_t>(tokens.size());
  if (n < kShortestMatch + 1 || most < 1) return;
  const TokenId* const data = tokens.data();
  const TokenId last = data[n - 1];
  std::int64_t best_end = 0;  // behind the best match
  for (std::int64_t end = n - 1; end >= kShortestMatch && draft.match < kLongestMatch; --end) {
    if (data[end - 1] != last) continue;
    std::int64_t match = 1;
    const std::int64_t longest = std::min(kLongestMatch, end);
    while (match < longest && data[end - 1 - match] == data[n - 1 - match]) ++match;
    if (match < kShortestMatch || match <= draft.match) continue;
    draft.match = match;
    best_end = end;
  }
  if (draft.match == 0) return;
  draft.tokens.reserve(static_cast<std::size_t>(most));
  for (std::int64_t i = 0; i < most; ++i) {
    const std::int64_t from = best_end + i;
    draft.tokens.push_back(from < n ? data[from] : draft.tokens[static_cast<std::size_t>(from - n)]);
  }
}

}  // namespace hearth
