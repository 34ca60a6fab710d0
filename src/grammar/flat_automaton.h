// An automaton with all its edges in one array: what Dfa is assembled from. It has no invariants of its own; the
// functions here establish those of Dfa.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grammar/dfa.h"

namespace hearth {

struct FlatAutomaton {
  std::vector<std::uint8_t> accepts;
  std::vector<std::uint32_t> first_edge = {0};  ///< [n_states + 1]
  std::vector<Dfa::Edge> edges;
  Dfa::State start = Dfa::kDead;

  std::size_t n_states() const { return accepts.size(); }
  std::span<const Dfa::Edge> edges_of(std::size_t state) const {
    return {edges.data() + first_edge[state], edges.data() + first_edge[state + 1]};
  }
};

/// The states that are reachable from the start and lead to acceptance, numbered in the order of a breadth-first walk;
/// edges ascending, adjacent ones with the same target joined.
FlatAutomaton trim(const Dfa::Draft& draft);
FlatAutomaton trim(const FlatAutomaton& automaton);

/// Equal states merged, numbered as by trim(). `automaton` must be trimmed.
FlatAutomaton minimize(const FlatAutomaton& automaton);

/// The states from which no cycle can be reached, each after all its successors.
std::vector<Dfa::State> acyclic_states(const FlatAutomaton& automaton);

/// Appends `edge` to ascending edges, of which those before `begin` belong to other states, joined to the last one
/// where that is possible.
inline void append_edge(std::vector<Dfa::Edge>& edges, std::size_t begin, const Dfa::Edge& edge) {
  if (edges.size() > begin && edges.back().to == edge.to && edges.back().last + 1 == edge.first) {
    edges.back().last = edge.last;
  } else {
    edges.push_back(edge);
  }
}

}  // namespace hearth
