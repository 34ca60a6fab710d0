#include "grammar/flat_automaton.h"

#include <algorithm>
#include <cassert>

namespace hearth {

namespace {

constexpr Dfa::State kUnseen = Dfa::kDead;

struct ReverseEdges {
  std::vector<std::uint32_t> first;  // [n_states + 1]
  std::vector<Dfa::State> sources;

  std::span<const Dfa::State> of(std::size_t state) const {
    return {sources.data() + first[state], sources.data() + first[state + 1]};
  }
};

ReverseEdges reverse(const FlatAutomaton& automaton) {
  ReverseEdges result;
  result.first.assign(automaton.n_states() + 1, 0);
  result.sources.resize(automaton.edges.size());
  for (const auto& edge : automaton.edges) ++result.first[edge.to + 1];
  for (std::size_t s = 0; s < automaton.n_states(); ++s) result.first[s + 1] += result.first[s];
  std::vector<std::uint32_t> next(result.first.begin(), result.first.end() - 1);
  for (std::size_t s = 0; s < automaton.n_states(); ++s) {
    for (const auto& edge : automaton.edges_of(s)) result.sources[next[edge.to]++] = static_cast<Dfa::State>(s);
  }
  return result;
}

std::vector<std::uint8_t> leads_to_acceptance(const FlatAutomaton& automaton) {
  const ReverseEdges reversed = reverse(automaton);
  std::vector<std::uint8_t> useful = automaton.accepts;
  std::vector<Dfa::State> queue;
  for (std::size_t s = 0; s < useful.size(); ++s) {
    if (useful[s] != 0) queue.push_back(static_cast<Dfa::State>(s));
  }
  while (!queue.empty()) {
    const Dfa::State state = queue.back();
    queue.pop_back();
    for (const Dfa::State source : reversed.of(state)) {
      if (useful[source] == 0) {
        useful[source] = 1;
        queue.push_back(source);
      }
    }
  }
  return useful;
}

FlatAutomaton flatten(const Dfa::Draft& draft) {
  FlatAutomaton flat;
  if (draft.states.empty()) return flat;
  std::size_t n_edges = 0;
  for (const auto& state : draft.states) n_edges += state.edges.size();
  flat.edges.reserve(n_edges);
  flat.accepts.reserve(draft.states.size());
  flat.first_edge.reserve(draft.states.size() + 1);
  for (const auto& state : draft.states) {
    flat.accepts.push_back(state.accepts ? 1 : 0);
    for (const auto& edge : state.edges) {
      assert(edge.first <= edge.last);
      if (edge.to == Dfa::kDead) continue;
      assert(edge.to < draft.states.size());
      flat.edges.push_back(edge);
    }
    flat.first_edge.push_back(static_cast<std::uint32_t>(flat.edges.size()));
  }
  flat.start = draft.start;
  return flat;
}

}  // namespace

FlatAutomaton trim(const Dfa::Draft& draft) { return trim(flatten(draft)); }

FlatAutomaton trim(const FlatAutomaton& automaton) {
  FlatAutomaton result;
  if (automaton.start == Dfa::kDead || automaton.n_states() == 0) return result;
  const std::vector<std::uint8_t> useful = leads_to_acceptance(automaton);
  if (useful[automaton.start] == 0) return result;

  std::vector<Dfa::State> number(automaton.n_states(), kUnseen);
  std::vector<Dfa::State> order = {automaton.start};
  number[automaton.start] = 0;
  result.start = 0;
  result.edges.reserve(automaton.edges.size());
  std::vector<Dfa::Edge> sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto edges = automaton.edges_of(order[i]);
    sorted.assign(edges.begin(), edges.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const std::size_t begin = result.edges.size();
    for (const auto& edge : sorted) {
      if (useful[edge.to] == 0) continue;
      if (number[edge.to] == kUnseen) {
        number[edge.to] = static_cast<Dfa::State>(order.size());
        order.push_back(edge.to);
      }
      assert(result.edges.size() == begin || result.edges.back().last < edge.first);
      append_edge(result.edges, begin, {edge.first, edge.last, number[edge.to]});
    }
    result.accepts.push_back(automaton.accepts[order[i]]);
    result.first_edge.push_back(static_cast<std::uint32_t>(result.edges.size()));
  }
  return result;
}

std::vector<Dfa::State> acyclic_states(const FlatAutomaton& automaton) {
  const ReverseEdges reversed = reverse(automaton);
  std::vector<std::uint32_t> open(automaton.n_states());
  std::vector<Dfa::State> order;
  order.reserve(automaton.n_states());
  for (std::size_t s = 0; s < automaton.n_states(); ++s) {
    open[s] = static_cast<std::uint32_t>(automaton.edges_of(s).size());
    if (open[s] == 0) order.push_back(static_cast<Dfa::State>(s));
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const Dfa::State source : reversed.of(order[i])) {
      if (--open[source] == 0) order.push_back(source);
    }
  }
  return order;
}

}  // namespace hearth
