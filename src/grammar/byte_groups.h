// Bytes in 64 groups, a bit each: enough to see that whatever stands below a node of a token trie leaves an automaton
// in the state that it is in, so that the tokens there need not be walked one by one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grammar/dfa.h"
#include "grammar/token_trie.h"

namespace hearth {

using ByteGroups = std::uint64_t;

/// For each node of the trie the groups of the bytes below it. Bytes beyond ASCII are in one group where, from the node
/// on, they are UTF-8, and in another where they are not.
std::vector<ByteGroups> groups_below(const TokenTrie& trie);

/// The groups all of whose bytes lead from `state` to itself. UTF-8 counts where every character does.
/// `edges(state)` gives the automaton's edges, ascending.
template <typename Edges>
ByteGroups looping_groups(Dfa::State state, const Edges& edges);

namespace byte_groups {

constexpr ByteGroups kUtf8 = ByteGroups{1} << 62, kNotUtf8 = ByteGroups{1} << 63;

/// The group of an ASCII byte: letters and digits in few, signs alone.
constexpr unsigned group_of(unsigned byte) {
  if (byte < 0x20 || byte == 0x7F) return byte == '\n' ? 1 : byte == '\t' ? 2 : 0;
  if (byte >= '0' && byte <= '9') return 3;
  if (byte >= 'a' && byte <= 'z') return byte <= 'f' ? 4 : 5;
  if (byte >= 'A' && byte <= 'Z') return byte <= 'F' ? 6 : 7;
  // 33 signs: space to '/', ':' to '@', '[' to '`', '{' to '~'.
  if (byte < '0') return 8 + (byte - 0x20);
  if (byte < 'A') return 24 + (byte - ':');
  if (byte < 'a') return 31 + (byte - '[');
  return 37 + (byte - '{');
}

/// Every character beyond ASCII leads from `from` to `home`; `at` is where any_text() stands.
template <typename Edges>
bool every_character_leads(Dfa::State from, Dfa::State home, Dfa::State at, const Edges& edges) {
  const Dfa& text = *any_text();
  for (const Dfa::Edge& edge : text.edges(at)) {
    unsigned first = edge.first;
    if (at == text.start() && edge.last < 0x80) continue;
    if (at == text.start() && first < 0x80) first = 0x80;
    for (const Dfa::Edge& own : edges(from)) {
      if (own.last < first) continue;
      if (own.first > first || first > edge.last) break;
      const bool whole = text.accepts(edge.to);
      if (whole ? own.to != home : !every_character_leads(own.to, home, edge.to, edges)) return false;
      first = own.last + 1U;
    }
    if (first <= edge.last) return false;
  }
  return true;
}

}  // namespace byte_groups

template <typename Edges>
ByteGroups looping_groups(Dfa::State state, const Edges& edges) {
  ByteGroups groups = ~ByteGroups{0};
  unsigned byte = 0;
  const auto leaves = [&groups](unsigned from, unsigned to) {  // from … to - 1
    for (; from < to && from < 0x80; ++from) groups &= ~(ByteGroups{1} << byte_groups::group_of(from));
  };
  for (const Dfa::Edge& edge : edges(state)) {
    if (edge.to != state) continue;
    leaves(byte, edge.first);
    byte = edge.last + 1U;
  }
  leaves(byte, 0x80);
  groups &= ~byte_groups::kNotUtf8;
  if (!byte_groups::every_character_leads(state, state, any_text()->start(), edges)) groups &= ~byte_groups::kUtf8;
  return groups;
}

}  // namespace hearth
