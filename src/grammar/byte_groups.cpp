#include "grammar/byte_groups.h"

namespace hearth {
namespace {

/// Of a byte in the middle of a character none of its own: the character's first byte has told.
ByteGroups group_at(unsigned byte, bool root, bool begins) {
  if (root || (byte >= 0x80 && !begins)) return 0;
  return ByteGroups{1} << (byte < 0x80 ? byte_groups::group_of(byte) : byte_groups::group_of_lead(byte));
}

}  // namespace

std::vector<ByteGroups> groups_from(const TokenTrie& trie) {
  const Dfa& text = *any_text();
  const auto& nodes = trie.nodes();
  const std::uint32_t n = trie.n_nodes();
  // Where UTF-8 stands before and at each node, when the root is between two characters.
  std::vector<Dfa::State> before(n, text.start()), at(n, text.start()), path(trie.max_depth() + 1, text.start());
  for (std::uint32_t i = 1; i < n; ++i) {
    before[i] = path[nodes[i].depth - 1U];
    at[i] = path[nodes[i].depth] = before[i] == Dfa::kDead ? before[i] : text.step(before[i], nodes[i].byte);
  }
  // Whether something at or below each node is no UTF-8.
  std::vector<std::uint8_t> wrong(n, 0), wrong_pending(trie.max_depth() + 2, 0);
  std::vector<ByteGroups> groups(n, 0);
  // From the last node to the first, so that children come before what they hang from.
  std::vector<ByteGroups> pending(trie.max_depth() + 2, 0);  // of the nodes at each depth since their parent's last one
  for (std::uint32_t i = n; i-- > 0;) {
    const std::size_t depth = nodes[i].depth;
    const ByteGroups below = pending[depth + 1];
    pending[depth + 1] = 0;
    wrong[i] = at[i] == Dfa::kDead || wrong_pending[depth + 1] != 0 ? 1 : 0;
    wrong_pending[depth + 1] = 0;
    wrong_pending[depth] |= wrong[i];
    const ByteGroups own = group_at(nodes[i].byte, i == 0, before[i] == text.start());
    pending[depth] |= below | own;
    groups[i] = below | own;
    // Only from between two characters is it clear what the bytes are.
    if (wrong[i] != 0 || (before[i] != text.start() && nodes[i].byte >= 0x80)) groups[i] |= byte_groups::kNotUtf8;
  }
  return groups;
}

}  // namespace hearth
