// Automata that need no subset construction: given words, and UTF-8 texts by their length.
#include <algorithm>
#include <string>
#include <utility>

#include "grammar/automaton_error.h"
#include "grammar/dfa.h"
#include "grammar/flat_automaton.h"
#include "grammar/state_index.h"

namespace hearth {

namespace {

using State = Dfa::State;
using DraftState = Dfa::Draft::DraftState;

/// Words come in order; whatever the next word cannot reach any more is merged with an equal state at once. After
/// J. Daciuk et al., "Incremental construction of minimal acyclic finite-state automata" (2000).
class WordSetBuilder {
 public:
  void add(std::string_view word) {
    const auto differs = std::mismatch(word.begin(), word.end(), last_.begin(), last_.end()).first;
    const auto common = static_cast<std::size_t>(differs - word.begin());
    merge_below(common);
    path_.resize(word.size() + 1);
    path_.back().accepts = true;
    last_ = word;
  }

  Dfa::Draft finish() {
    merge_below(0);
    draft_.start = merge(std::move(path_[0]));
    return std::move(draft_);
  }

 private:
  void merge_below(std::size_t depth) {
    for (; path_.size() > depth + 1; path_.pop_back()) {
      const auto byte = static_cast<std::uint8_t>(last_[path_.size() - 2]);
      const State state = merge(std::move(path_.back()));
      append_edge(path_[path_.size() - 2].edges, 0, {byte, byte, state});
    }
  }

  State merge(DraftState&& state) {
    const auto candidate = static_cast<State>(draft_.states.size());
    const State found = index_.find_or_add(hash_edges(state.edges, state.accepts), candidate, [&](State other) {
      return draft_.states[other].accepts == state.accepts && equal_edges(draft_.states[other].edges, state.edges);
    });
    if (found == candidate) draft_.states.push_back(std::move(state));
    return found;
  }

  Dfa::Draft draft_;
  StateIndex index_;
  std::vector<DraftState> path_ = std::vector<DraftState>(1);  // the states along the last word
  std::string last_;
};

constexpr State kStatesPerCharacter = 8;

/// One character of UTF-8 from state `from` to state `to` (RFC 3629, section 4), by way of the seven states after
/// `inner`.
void add_character(Dfa::Draft& draft, State from, State inner, State to) {
  const State one = inner + 1;  // one continuation byte is missing
  const State two = inner + 2;
  const State three = inner + 3;
  const State after_e0 = inner + 4;
  const State after_ed = inner + 5;
  const State after_f0 = inner + 6;
  const State after_f4 = inner + 7;
  draft.states[from].edges = {{0x00, 0x7F, to},       {0xC2, 0xDF, one},      {0xE0, 0xE0, after_e0},
                              {0xE1, 0xEC, two},      {0xED, 0xED, after_ed}, {0xEE, 0xEF, two},
                              {0xF0, 0xF0, after_f0}, {0xF1, 0xF3, three},    {0xF4, 0xF4, after_f4}};
  draft.states[one].edges = {{0x80, 0xBF, to}};
  draft.states[two].edges = {{0x80, 0xBF, one}};
  draft.states[three].edges = {{0x80, 0xBF, two}};
  draft.states[after_e0].edges = {{0xA0, 0xBF, one}};
  draft.states[after_ed].edges = {{0x80, 0x9F, one}};
  draft.states[after_f0].edges = {{0x90, 0xBF, two}};
  draft.states[after_f4].edges = {{0x80, 0x8F, two}};
}

}  // namespace

DfaPointer word_set(std::span<const std::string> words) {
  if (words.empty()) return std::make_shared<const Dfa>(Dfa::Draft{});
  std::vector<std::string_view> sorted(words.begin(), words.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  WordSetBuilder builder;
  for (const std::string_view word : sorted) builder.add(word);
  return std::make_shared<const Dfa>(builder.finish(), /*minimal=*/false);
}

const DfaPointer& any_text() {
  static const DfaPointer all = text_of_length(0, Dfa::kInfinite);
  return all;
}

DfaPointer text_of_length(std::uint32_t min, std::uint32_t max, const AutomatonLimits& limits) {
  if (min > max) return std::make_shared<const Dfa>(Dfa::Draft{});
  // At `last` characters there is nothing more to count: either the end, or a loop.
  const std::uint32_t last = max == Dfa::kInfinite ? min : max;
  if (last >= limits.max_states / kStatesPerCharacter) {
    fail_too_many_states(limits, "a text of up to " + std::to_string(last) + " characters");
  }
  Dfa::Draft draft;
  draft.states.resize((std::size_t{last} + 1) * kStatesPerCharacter);
  for (std::uint32_t n = 0; n <= last; ++n) {
    const State from = n * kStatesPerCharacter;
    draft.states[from].accepts = n >= min;
    if (n < last) add_character(draft, from, from, from + kStatesPerCharacter);
  }
  if (max == Dfa::kInfinite) {
    // The step before the loop arrives at the same state, so that both go by the same way.
    const State loop = last * kStatesPerCharacter;
    add_character(draft, loop, last == 0 ? loop : loop - kStatesPerCharacter, loop);
  }
  return std::make_shared<const Dfa>(draft, /*minimal=*/false);
}

}  // namespace hearth
