#include "grammar/dfa.h"

#include <algorithm>
#include <utility>

#include "grammar/flat_automaton.h"

namespace hearth {

namespace {

/// Up to this many states a table of 1 KiB a state is worth its memory and the time to fill it.
constexpr std::size_t kMaxDenseStates = 256;

std::vector<std::uint32_t> count_completions(const FlatAutomaton& automaton) {
  std::vector<std::uint32_t> completions(automaton.n_states(), Dfa::kInfinite);
  for (const Dfa::State state : acyclic_states(automaton)) {
    std::uint64_t sum = automaton.accepts[state];
    for (const auto& edge : automaton.edges_of(state)) {
      const std::uint64_t width = std::uint64_t{edge.last} - edge.first + 1;
      sum = std::min<std::uint64_t>(sum + width * completions[edge.to], Dfa::kInfinite);
    }
    completions[state] = static_cast<std::uint32_t>(sum);
  }
  return completions;
}

}  // namespace

Dfa::Dfa(const Draft& draft, bool minimal) {
  FlatAutomaton flat = trim(draft);
  if (minimal) flat = minimize(flat);
  completions_ = count_completions(flat);
  start_ = flat.start;
  accepts_ = std::move(flat.accepts);
  first_edge_ = std::move(flat.first_edge);
  edges_ = std::move(flat.edges);
  edges_.shrink_to_fit();
  if (n_states() > kMaxDenseStates) return;
  dense_.assign(n_states() * 256, kDead);
  for (std::size_t s = 0; s < n_states(); ++s) {
    for (const Edge& edge : edges(static_cast<State>(s))) {
      std::fill_n(dense_.begin() + static_cast<std::ptrdiff_t>(s * 256 + edge.first), edge.last - edge.first + 1,
                  edge.to);
    }
  }
}

std::span<const Dfa::Edge> Dfa::edges(State state) const {
  return {edges_.data() + first_edge_[state], edges_.data() + first_edge_[state + 1]};
}

Dfa::State Dfa::step_sparse(State state, std::uint8_t byte) const {
  const auto all = edges(state);
  const auto found =
      std::partition_point(all.begin(), all.end(), [byte](const Edge& edge) { return edge.last < byte; });
  return found != all.end() && found->first <= byte ? found->to : kDead;
}

bool Dfa::matches(std::string_view text) const {
  State state = start_;
  for (const char c : text) {
    if (state == kDead) return false;
    state = step(state, static_cast<std::uint8_t>(c));
  }
  return state != kDead && accepts(state);
}

std::size_t Dfa::bytes() const {
  return sizeof(*this) + accepts_.capacity() + edges_.capacity() * sizeof(Edge) +
         (first_edge_.capacity() + dense_.capacity() + completions_.capacity()) * sizeof(std::uint32_t);
}

Dfa::Draft Dfa::draft() const {
  Draft draft;
  draft.start = empty() ? 0 : start_;
  draft.states.resize(n_states());
  for (std::size_t s = 0; s < n_states(); ++s) {
    const auto from = edges(static_cast<State>(s));
    draft.states[s] = {accepts_[s] != 0, {from.begin(), from.end()}};
  }
  return draft;
}

}  // namespace hearth
