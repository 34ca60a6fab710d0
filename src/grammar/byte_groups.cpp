#include "grammar/byte_groups.h"

namespace hearth {

std::vector<ByteGroups> groups_below(const TokenTrie& trie) {
  const Dfa& text = *any_text();
  const auto& nodes = trie.nodes();
  const std::uint32_t n = trie.n_nodes();
  // Where UTF-8 stands at each node, when the root is between two characters.
  std::vector<Dfa::State> at(n, text.start()), path(trie.max_depth() + 1, text.start());
  for (std::uint32_t i = 1; i < n; ++i) {
    const Dfa::State before = path[nodes[i].depth - 1U];
    at[i] = path[nodes[i].depth] = before == Dfa::kDead ? before : text.step(before, nodes[i].byte);
  }
  // Whether something at or below each node is no UTF-8.
  std::vector<std::uint8_t> wrong(n, 0), wrong_pending(trie.max_depth() + 2, 0);
  std::vector<ByteGroups> below(n, 0);
  // From the last node to the first, so that children come before what they hang from.
  std::vector<ByteGroups> pending(trie.max_depth() + 2, 0);  // of the nodes at each depth since their parent's last one
  for (std::uint32_t i = n; i-- > 0;) {
    const std::size_t depth = nodes[i].depth;
    below[i] = pending[depth + 1];
    // Only from between two characters is it clear what the bytes below are.
    if (at[i] != text.start() && (below[i] & byte_groups::kUtf8) != 0) below[i] |= byte_groups::kNotUtf8;
    pending[depth + 1] = 0;
    wrong[i] = at[i] == Dfa::kDead || wrong_pending[depth + 1] != 0 ? 1 : 0;
    wrong_pending[depth + 1] = 0;
    wrong_pending[depth] |= wrong[i];
    const ByteGroups own = i == 0                 ? 0
                           : nodes[i].byte < 0x80 ? ByteGroups{1} << byte_groups::group_of(nodes[i].byte)
                                                  : byte_groups::kUtf8;
    pending[depth] |= (below[i] & ~byte_groups::kNotUtf8) | own | (wrong[i] != 0 ? byte_groups::kNotUtf8 : 0);
  }
  return below;
}

}  // namespace hearth
