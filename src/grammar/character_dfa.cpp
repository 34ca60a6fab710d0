#include "grammar/character_dfa.h"

#include <algorithm>
#include <utility>

#include "grammar/state_index.h"
#include "grammar/state_partition.h"

namespace hearth {

namespace {

using Kind = RegexNfa::State::Kind;

/// A transition is minimised and written as bytes later.
constexpr std::size_t kStepsPerTransition = 4;

/// What can be said of the states of an NFA before any text is read.
struct Prospects {
  std::vector<std::uint8_t> ends;           ///< a match follows if the text ends here
  std::vector<std::uint8_t> ends_at_start;  ///< the same, before the first character
  std::vector<std::uint8_t> lives;          ///< a match can follow after the first character
};

Prospects look_ahead(const RegexNfa& nfa) {
  const std::size_t n = nfa.states.size();
  std::vector<std::uint32_t> first(n + 1, 0);
  const auto each_step = [&nfa](const auto& visit) {
    for (std::size_t s = 0; s < nfa.states.size(); ++s) {
      const auto& state = nfa.states[s];
      if (state.next != RegexNfa::kNone) visit(static_cast<std::uint32_t>(s), state.next);
      if (state.other != RegexNfa::kNone) visit(static_cast<std::uint32_t>(s), state.other);
    }
  };
  each_step([&](std::uint32_t, std::uint32_t to) { ++first[to + 1]; });
  for (std::size_t s = 0; s < n; ++s) first[s + 1] += first[s];
  std::vector<std::uint32_t> sources(first[n]);
  std::vector<std::uint32_t> fill(first.begin(), first.end() - 1);
  each_step([&](std::uint32_t from, std::uint32_t to) { sources[fill[to]++] = from; });

  // Extends a set of states backwards over the steps that states of the allowed kinds make.
  const auto extend = [&](std::vector<std::uint8_t> reached, const auto& may_step) {
    std::vector<std::uint32_t> open;
    for (std::size_t s = 0; s < n; ++s) {
      if (reached[s] != 0) open.push_back(static_cast<std::uint32_t>(s));
    }
    while (!open.empty()) {
      const std::uint32_t state = open.back();
      open.pop_back();
      for (std::uint32_t i = first[state]; i < first[state + 1]; ++i) {
        if (reached[sources[i]] != 0 || !may_step(nfa.states[sources[i]])) continue;
        reached[sources[i]] = 1;
        open.push_back(sources[i]);
      }
    }
    return reached;
  };
  std::vector<std::uint8_t> match(n, 0);
  for (std::size_t s = 0; s < n; ++s) match[s] = nfa.states[s].kind == Kind::kMatch ? 1 : 0;
  Prospects result;
  result.ends = extend(match, [](const auto& s) { return s.kind == Kind::kSplit || s.kind == Kind::kTextEnd; });
  result.ends_at_start = extend(match, [](const auto& s) { return s.kind != Kind::kSet; });
  result.lives = extend(result.ends, [&nfa](const auto& s) {
    return s.kind == Kind::kSplit || (s.kind == Kind::kSet && !nfa.sets[s.set].empty());
  });
  return result;
}

class SubsetConstruction {
 public:
  SubsetConstruction(const RegexNfa& nfa, const CharacterClasses& classes, RegexBudget& budget)
      : nfa_(nfa), classes_(classes), budget_(budget), prospects_(look_ahead(nfa)), seen_(nfa.states.size(), 0) {}

  CharacterDfa run() {
    // The start is a state of its own, as only there ^ holds; if another one is equal they are merged later.
    close({&nfa_.start, 1}, /*at_start=*/true);
    subsets_.push_back(closed_);
    std::vector<std::vector<std::uint32_t>> targets(classes_.n_classes);
    std::vector<std::uint32_t> used;
    for (std::size_t i = 0; i < subsets_.size(); ++i) {
      const std::vector<std::uint32_t> members = subsets_[i].members;
      for (const std::uint32_t member : members) {
        const auto& state = nfa_.states[member];
        budget_.spend(1 + classes_.of_sets[state.set].size());
        for (const std::uint32_t c : classes_.of_sets[state.set]) {
          if (targets[c].empty()) used.push_back(c);
          targets[c].push_back(state.next);
        }
      }
      std::sort(used.begin(), used.end());
      CharacterDfa::State result;
      result.accepts = subsets_[i].accepts;
      for (const std::uint32_t c : used) {
        close(targets[c], /*at_start=*/false);
        targets[c].clear();
        if (!closed_.accepts && closed_.members.empty()) continue;
        budget_.spend(kStepsPerTransition);
        result.steps.push_back({c, number_of_closed()});
      }
      used.clear();
      dfa_.states.push_back(std::move(result));
    }
    if (dfa_.states[0].steps.empty() && !dfa_.states[0].accepts) return {};
    return std::move(dfa_);
  }

 private:
  struct Subset {
    std::vector<std::uint32_t> members;  // states that read a character, ascending
    bool accepts = false;
    bool operator==(const Subset&) const = default;
  };

  /// Fills closed_ with what can be reached without a character.
  void close(std::span<const std::uint32_t> from, bool at_start) {
    closed_.members.clear();
    closed_.accepts = false;
    ++round_;
    open_.clear();
    const auto visit = [&](std::uint32_t state) {
      if (seen_[state] == round_) return;
      seen_[state] = round_;
      open_.push_back(state);
    };
    for (const std::uint32_t state : from) visit(state);
    const auto& ends = at_start ? prospects_.ends_at_start : prospects_.ends;
    std::size_t n_visited = from.size();
    while (!open_.empty()) {
      const std::uint32_t number = open_.back();
      open_.pop_back();
      ++n_visited;
      if (!at_start && prospects_.lives[number] == 0) continue;
      const auto& state = nfa_.states[number];
      closed_.accepts = closed_.accepts || ends[number] != 0;
      if (number == nfa_.sink) {
        // Everything that follows is accepted: the other states do not matter any more.
        closed_.members = {state.next};
        break;
      }
      if (state.kind == Kind::kSplit) {
        visit(state.next);
        visit(state.other);
      } else if (state.kind == Kind::kTextStart && at_start) {
        visit(state.next);
      } else if (state.kind == Kind::kSet && prospects_.lives[number] != 0) {
        closed_.members.push_back(number);
      }
    }
    budget_.spend(n_visited);
    std::sort(closed_.members.begin(), closed_.members.end());
  }

  std::uint32_t number_of_closed() {
    std::uint64_t hash = closed_.accepts ? 1 : 2;
    for (const std::uint32_t member : closed_.members) hash = mix_hash(hash, member);
    const auto candidate = static_cast<std::uint32_t>(subsets_.size());
    const std::uint32_t found =
        index_.find_or_add(hash, candidate, [this](std::uint32_t other) { return subsets_[other] == closed_; });
    if (found == candidate) {
      subsets_.push_back(closed_);
      budget_.check_states(subsets_.size());
    }
    return found;
  }

  const RegexNfa& nfa_;
  const CharacterClasses& classes_;
  RegexBudget& budget_;
  Prospects prospects_;
  std::vector<std::uint32_t> seen_;  // the last round in which a state was visited
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> open_;
  Subset closed_;
  std::vector<Subset> subsets_;
  StateIndex index_;
  CharacterDfa dfa_;
};

}  // namespace

CharacterDfa determinize(const RegexNfa& nfa, const CharacterClasses& classes, RegexBudget& budget) {
  return SubsetConstruction(nfa, classes, budget).run();
}

CharacterDfa minimize(const CharacterDfa& dfa, std::uint32_t n_classes) {
  if (dfa.states.size() < 2) return dfa;
  std::vector<std::uint8_t> kind;
  std::vector<Transition> transitions;
  for (std::size_t s = 0; s < dfa.states.size(); ++s) {
    kind.push_back(dfa.states[s].accepts ? 1 : 0);
    for (const auto& step : dfa.states[s].steps) {
      transitions.push_back({static_cast<std::uint32_t>(s), step.character_class, step.to});
    }
  }
  const std::vector<std::uint32_t> merged = coarsest_partition(kind, transitions, n_classes);
  CharacterDfa result;
  result.states.resize(*std::max_element(merged.begin(), merged.end()) + 1);
  std::vector<std::uint8_t> done(result.states.size(), 0);
  for (std::size_t s = 0; s < dfa.states.size(); ++s) {
    if (done[merged[s]] != 0) continue;
    done[merged[s]] = 1;
    result.states[merged[s]] = dfa.states[s];
    for (auto& step : result.states[merged[s]].steps) step.to = merged[step.to];
  }
  result.start = merged[dfa.start];
  return result;
}

}  // namespace hearth
