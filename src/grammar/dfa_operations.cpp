// Two automata walked side by side: intersection, union, difference and equality.
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "grammar/automaton_error.h"
#include "grammar/dfa.h"
#include "grammar/state_index.h"

namespace hearth {

namespace {

using State = Dfa::State;

enum class Operation { kIntersection, kUnion, kDifference };

struct Pair {
  State a, b;
  bool operator==(const Pair&) const = default;
};

std::uint64_t hash_pair(const Pair& pair) { return mix_hash(pair.a, pair.b); }

std::span<const Dfa::Edge> edges_of(const Dfa& dfa, State state) {
  return state == Dfa::kDead ? std::span<const Dfa::Edge>() : dfa.edges(state);
}

bool accepts(const Dfa& dfa, State state) { return state != Dfa::kDead && dfa.accepts(state); }

/// Calls visit(first, last, to) for the longest ranges of bytes on which neither automaton's target changes, unless
/// both have none.
template <typename Visit>
void each_range(std::span<const Dfa::Edge> a, std::span<const Dfa::Edge> b, const Visit& visit) {
  std::size_t i = 0;
  std::size_t j = 0;
  unsigned byte = 0;
  while (i < a.size() || j < b.size()) {
    unsigned last = 255;
    Pair to = {Dfa::kDead, Dfa::kDead};
    const auto look = [&](std::span<const Dfa::Edge> edges, std::size_t k, State& target) {
      if (k == edges.size()) return;
      if (edges[k].first > byte) {
        last = std::min<unsigned>(last, edges[k].first - 1U);
      } else {
        target = edges[k].to;
        last = std::min<unsigned>(last, edges[k].last);
      }
    };
    look(a, i, to.a);
    look(b, j, to.b);
    if (to.a != Dfa::kDead || to.b != Dfa::kDead) {
      visit(static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(last), to);
    }
    if (i < a.size() && a[i].last == last) ++i;
    if (j < b.size() && b[j].last == last) ++j;
    byte = last + 1;
  }
}

DfaPointer combine(const Dfa& a, const Dfa& b, Operation operation, const AutomatonLimits& limits) {
  // Pairs from which nothing can be accepted are trimmed afterwards, so that there may be more of them than of states.
  const std::size_t max_pairs = limits.max_states * 4;
  Dfa::Draft draft;
  std::vector<Pair> pairs;
  StateIndex index;
  const auto number = [&](const Pair& pair) {
    const auto candidate = static_cast<State>(pairs.size());
    const State found =
        index.find_or_add(hash_pair(pair), candidate, [&](std::uint32_t other) { return pairs[other] == pair; });
    if (found == candidate) {
      if (pairs.size() == max_pairs) fail_too_many_states(limits);
      pairs.push_back(pair);
    }
    return found;
  };
  const auto alive = [operation](const Pair& pair) {
    if (operation == Operation::kIntersection) return pair.a != Dfa::kDead && pair.b != Dfa::kDead;
    return pair.a != Dfa::kDead || (operation == Operation::kUnion && pair.b != Dfa::kDead);
  };
  if (alive({a.start(), b.start()})) number({a.start(), b.start()});
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Pair pair = pairs[i];
    Dfa::Draft::DraftState state;
    const bool in_a = accepts(a, pair.a);
    const bool in_b = accepts(b, pair.b);
    switch (operation) {
      case Operation::kIntersection: state.accepts = in_a && in_b; break;
      case Operation::kUnion: state.accepts = in_a || in_b; break;
      case Operation::kDifference: state.accepts = in_a && !in_b; break;
    }
    each_range(edges_of(a, pair.a), edges_of(b, pair.b), [&](std::uint8_t first, std::uint8_t last, const Pair& to) {
      if (alive(to)) state.edges.push_back({first, last, number(to)});
    });
    draft.states.push_back(std::move(state));
  }
  auto result = std::make_shared<const Dfa>(draft);
  if (result->n_states() > limits.max_states) fail_too_many_states(limits);
  return result;
}

/// Disjoint sets of states that have been found, or assumed, to be equal.
class UnionFind {
 public:
  explicit UnionFind(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  /// False when they were one already.
  bool join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[a] = b;
    return a != b;
  }

 private:
  std::size_t root(std::size_t x) {
    while (parent_[x] != x) x = parent_[x] = parent_[parent_[x]];
    return x;
  }
  std::vector<std::size_t> parent_;
};

}  // namespace

DfaPointer intersection(const Dfa& a, const Dfa& b, const AutomatonLimits& limits) {
  return combine(a, b, Operation::kIntersection, limits);
}

DfaPointer unite(const Dfa& a, const Dfa& b, const AutomatonLimits& limits) {
  return combine(a, b, Operation::kUnion, limits);
}

DfaPointer difference(const Dfa& a, const Dfa& b, const AutomatonLimits& limits) {
  return combine(a, b, Operation::kDifference, limits);
}

/// J. Hopcroft and R. Karp, "A linear algorithm for testing equivalence of finite automata" (1971): states reached by
/// the same word are assumed equal until one accepts and the other does not. Trimmed automata differ as soon as one is
/// dead.
bool same_language(const Dfa& a, const Dfa& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  UnionFind equal(a.n_states() + b.n_states());
  std::vector<Pair> open = {{a.start(), b.start()}};
  equal.join(a.start(), a.n_states() + b.start());
  bool same = true;
  while (same && !open.empty()) {
    const Pair pair = open.back();
    open.pop_back();
    same = a.accepts(pair.a) == b.accepts(pair.b);
    each_range(a.edges(pair.a), b.edges(pair.b), [&](std::uint8_t, std::uint8_t, const Pair& to) {
      if (to.a == Dfa::kDead || to.b == Dfa::kDead) {
        same = false;
      } else if (equal.join(to.a, a.n_states() + to.b)) {
        open.push_back(to);
      }
    });
  }
  return same;
}

}  // namespace hearth
