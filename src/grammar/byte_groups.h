// Bytes in 64 groups, a bit each: enough to see that an automaton goes on with whatever stands below a node of a token
// trie, so that the tokens there need not be walked one by one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "grammar/dfa.h"
#include "grammar/token_trie.h"

namespace hearth {

using ByteGroups = std::uint64_t;

/// For each node of the trie the groups of its byte and of those below it. Bytes beyond ASCII are in one group where,
/// from before the node on, they are UTF-8, and in another where they are not.
std::vector<ByteGroups> groups_from(const TokenTrie& trie);

/// The groups all of whose bytes lead from `state` to itself. UTF-8 counts where every character does.
/// `edges(state)` gives the automaton's edges, ascending.
template <typename Edges>
ByteGroups looping_groups(Dfa::State state, const Edges& edges);

namespace byte_groups {

constexpr ByteGroups kNotUtf8 = ByteGroups{1} << 63;

/// Characters beyond ASCII by the first of their bytes: those that patterns treat alike stand together. The last byte
/// of each; its group is kFirstUtf8 + its index.
constexpr std::array<std::uint8_t, 18> kLastLead = {
    0xC3, 0xCB, 0xCD, 0xCF, 0xD1, 0xD3, 0xDF,  // Latin-1, Latin, marks, Greek, Cyrillic, more of it, Hebrew, Arabic …
    0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE8, 0xE9,  // Indic, signs, kana, Han from E4 to E9
    0xEA, 0xEC, 0xED, 0xFF                     // Hangul, private ones; all of four bytes
};
constexpr unsigned kFirstUtf8 = 41;
constexpr ByteGroups kUtf8 = ((ByteGroups{1} << kLastLead.size()) - 1) << kFirstUtf8;

constexpr unsigned group_of_lead(unsigned byte) {
  unsigned index = 0;
  while (byte > kLastLead[index]) ++index;
  return kFirstUtf8 + index;
}

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

/// Where characters lead from `from` whose next byte is one of first to last; added to `targets`. False when one of
/// them leads nowhere. `at` is where any_text() stands.
template <typename Edges>
bool characters_lead_on(Dfa::State from, Dfa::State at, unsigned first, unsigned last, const Edges& edges,
                        std::vector<Dfa::State>& targets) {
  const Dfa& text = *any_text();
  for (const Dfa::Edge& edge : text.edges(at)) {
    unsigned byte = std::max<unsigned>(edge.first, first);
    const unsigned end = std::min<unsigned>(edge.last, last);
    if (byte > end) continue;
    for (const Dfa::Edge& own : edges(from)) {
      if (own.last < byte) continue;
      if (own.first > byte || byte > end) break;
      if (!text.accepts(edge.to)) {
        if (!characters_lead_on(own.to, edge.to, 0, 0xFF, edges, targets)) return false;
      } else if (std::find(targets.begin(), targets.end(), own.to) == targets.end()) {
        targets.push_back(own.to);
      }
      byte = own.last + 1U;
    }
    if (byte <= end) return false;
  }
  return true;
}

/// Calls each(group, first lead, last lead) for the groups of characters beyond ASCII.
template <typename Each>
void for_utf8_groups(const Each& each) {
  unsigned first = 0x80;
  for (unsigned i = 0; i < kLastLead.size(); ++i) {
    each(ByteGroups{1} << (kFirstUtf8 + i), first, unsigned{kLastLead[i]});
    first = kLastLead[i] + 1U;
  }
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
  byte_groups::for_utf8_groups([&](ByteGroups group, unsigned first, unsigned last) {
    std::vector<Dfa::State> targets;
    if (!byte_groups::characters_lead_on(state, any_text()->start(), first, last, edges, targets) ||
        targets != std::vector{state}) {
      groups &= ~group;
    }
  });
  return groups;
}

}  // namespace hearth
