#include <array>
#include <utility>

#include "grammar/flat_automaton.h"
#include "grammar/state_index.h"
#include "grammar/state_partition.h"

namespace hearth {

namespace {

/// Bottom-up, two states are equal when they accept alike and have the same edges into merged states: linear.
std::vector<std::uint32_t> merge_acyclic(const FlatAutomaton& automaton, const std::vector<Dfa::State>& bottom_up) {
  std::vector<std::uint32_t> merged(automaton.n_states());
  std::vector<Dfa::Edge> edges;  // of the merged states, in the order of their numbers
  std::vector<std::uint32_t> first_edge = {0};
  std::vector<std::uint8_t> accepts;
  StateIndex index(automaton.n_states());
  for (const Dfa::State state : bottom_up) {
    const std::size_t begin = edges.size();
    for (const auto& edge : automaton.edges_of(state)) {
      append_edge(edges, begin, {edge.first, edge.last, merged[edge.to]});
    }
    const std::span<const Dfa::Edge> mine(edges.data() + begin, edges.size() - begin);
    const auto candidate = static_cast<std::uint32_t>(accepts.size());
    const std::uint32_t found =
        index.find_or_add(hash_edges(mine, automaton.accepts[state] != 0), candidate, [&](std::uint32_t other) {
          return accepts[other] == automaton.accepts[state] &&
                 equal_edges(mine, {edges.data() + first_edge[other], edges.data() + first_edge[other + 1]});
        });
    merged[state] = found;
    if (found == candidate) {
      accepts.push_back(automaton.accepts[state]);
      first_edge.push_back(static_cast<std::uint32_t>(edges.size()));
    } else {
      edges.resize(begin);
    }
  }
  return merged;
}

/// Bytes that no edge tells apart get one label.
std::vector<std::uint32_t> merge_cyclic(const FlatAutomaton& automaton) {
  std::array<bool, 257> border{};
  for (const auto& edge : automaton.edges) border[edge.first] = border[edge.last + 1] = true;
  std::array<std::uint16_t, 256> label{};
  std::uint16_t n_labels = 0;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (byte > 0 && border[byte]) ++n_labels;
    label[byte] = n_labels;
  }
  ++n_labels;
  std::vector<Transition> transitions;
  transitions.reserve(automaton.edges.size() * 2);
  for (std::size_t s = 0; s < automaton.n_states(); ++s) {
    for (const auto& edge : automaton.edges_of(s)) {
      for (std::uint32_t l = label[edge.first]; l <= label[edge.last]; ++l) {
        transitions.push_back({static_cast<std::uint32_t>(s), l, edge.to});
      }
    }
  }
  return coarsest_partition(automaton.accepts, transitions, n_labels);
}

}  // namespace

FlatAutomaton minimize(const FlatAutomaton& automaton) {
  if (automaton.n_states() < 2) return automaton;
  const std::vector<Dfa::State> bottom_up = acyclic_states(automaton);
  const std::vector<std::uint32_t> merged =
      bottom_up.size() == automaton.n_states() ? merge_acyclic(automaton, bottom_up) : merge_cyclic(automaton);
  // One state stands for all of its class.
  constexpr std::uint32_t kNone = 0xFFFF'FFFFU;
  std::vector<std::uint32_t> representative(automaton.n_states(), kNone);
  std::size_t n_classes = 0;
  for (std::size_t s = 0; s < automaton.n_states(); ++s) {
    if (representative[merged[s]] == kNone) {
      representative[merged[s]] = static_cast<std::uint32_t>(s);
      ++n_classes;
    }
  }
  if (n_classes == automaton.n_states()) return automaton;
  FlatAutomaton quotient;
  quotient.start = merged[automaton.start];
  for (std::size_t c = 0; c < n_classes; ++c) {
    const std::size_t begin = quotient.edges.size();
    for (const auto& edge : automaton.edges_of(representative[c])) {
      append_edge(quotient.edges, begin, {edge.first, edge.last, merged[edge.to]});
    }
    quotient.accepts.push_back(automaton.accepts[representative[c]]);
    quotient.first_edge.push_back(static_cast<std::uint32_t>(quotient.edges.size()));
  }
  return trim(quotient);
}

}  // namespace hearth
