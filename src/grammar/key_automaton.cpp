#include "grammar/key_automaton.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "hearth/error.h"

namespace hearth {
namespace {

using State = KeyAutomaton::State;
constexpr State kDead = KeyAutomaton::kDead;

/// The names by their bytes.
struct NameTrie {
  struct Node {
    std::map<std::uint8_t, std::uint32_t> children;
    std::uint32_t name = KeyAutomaton::kNoLabel;
  };
  std::vector<Node> nodes{1};

  explicit NameTrie(std::span<const std::string> names) {
    for (std::size_t id = 0; id < names.size(); ++id) {
      std::uint32_t at = 0;
      for (const char byte : names[id]) {
        const auto [child, fresh] =
            nodes[at].children.try_emplace(static_cast<std::uint8_t>(byte), static_cast<std::uint32_t>(nodes.size()));
        at = child->second;
        if (fresh) nodes.emplace_back();
      }
      nodes[at].name = static_cast<std::uint32_t>(id);
    }
  }
};

bool accepts_every_text_from(const Dfa& dfa, State state) {
  const Dfa& any = *any_text();
  std::vector<std::pair<State, State>> seen = {{any.start(), state}};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto [a, b] = seen[i];
    if (any.accepts(a) != dfa.accepts(b)) return false;
    for (int byte = 0; byte < 256; ++byte) {
      const State to_a = any.step(a, static_cast<std::uint8_t>(byte)),
                  to_b = dfa.step(b, static_cast<std::uint8_t>(byte));
      if ((to_a == kDead) != (to_b == kDead)) return false;
      if (to_a == kDead) continue;
      const std::pair to{to_a, to_b};
      if (std::find(seen.begin(), seen.end(), to) == seen.end()) seen.push_back(to);
    }
    if (seen.size() > 64) return false;  // a minimal automaton has as many states here as any_text()
  }
  return true;
}

}  // namespace

/// The product of the names' trie, the patterns, and UTF-8 itself, made state by state as it is reached.
class KeyAutomatonBuilder {
 public:
  KeyAutomatonBuilder(KeyAutomaton& out, std::span<const std::string> names, std::span<const DfaPointer> patterns,
                      const KeyAutomaton::ClassOf& class_of, const AutomatonLimits& limits)
      : out_(out), trie_(names), patterns_(patterns), class_of_(class_of), limits_(limits), memo_(patterns.size()) {}

  void run() {
    Tuple start(2 + patterns_.size());
    start[0] = 0;
    start[1] = any_text()->start();
    for (std::size_t i = 0; i < patterns_.size(); ++i) start[2 + i] = patterns_[i]->start();
    others_allowed_ = class_of_(0) != KeyAutomaton::kNoLabel;
    out_.free_but_names_ = patterns_.empty() && others_allowed_;
    index_of(start);
    for (std::size_t i = 0; i < tuples_.size(); ++i) expand(i);
    trim();
    count();
    collect_names();
  }

 private:
  /// Node of the trie (kDead: off it), state of any_text(), states of the patterns (kDead: cannot match any more).
  using Tuple = std::vector<State>;
  struct TupleHash {
    std::size_t operator()(const Tuple& tuple) const {
      std::size_t hash = 1469598103934665603ULL;
      for (const State state : tuple) hash = (hash ^ state) * 1099511628211ULL;
      return hash;
    }
  };
  struct Draft {
    std::uint32_t label = KeyAutomaton::kNoLabel;
    bool universal = false;
    bool inside_character = false;
    std::vector<Dfa::Edge> edges;
  };

  State index_of(const Tuple& tuple) {
    const auto [found, fresh] = index_.try_emplace(tuple, static_cast<State>(tuples_.size()));
    if (fresh) {
      if (tuples_.size() >= std::max<std::size_t>(limits_.max_states, trie_.nodes.size() * 4)) {
        throw Error(ErrorCode::kUnsupported,
                    fmt::format("the names and patterns of an object need more than {} states", limits_.max_states),
                    "use fewer or simpler patterns");
      }
      tuples_.push_back(tuple);
    }
    return found->second;
  }

  void expand(std::size_t i) {
    const Tuple tuple = tuples_[i];
    Draft draft;
    const bool on_trie = tuple[0] != kDead;
    const bool whole = any_text()->accepts(tuple[1]);
    if (on_trie && trie_.nodes[tuple[0]].name != KeyAutomaton::kNoLabel) {
      draft.label = trie_.nodes[tuple[0]].name;
    } else if (whole) {
      draft.label = class_of_(matching(tuple));
      if (draft.label != KeyAutomaton::kNoLabel) draft.label |= KeyAutomaton::kClass;
    }
    draft.inside_character = !whole;
    draft.universal = !on_trie && whole && draft.label != KeyAutomaton::kNoLabel && every_text(tuple);
    Tuple next, before;  // of the byte before this one
    State to = kDead;
    for (int byte = 0; byte < 256; ++byte) {
      next.assign(tuple.size(), kDead);
      next[1] = any_text()->step(tuple[1], static_cast<std::uint8_t>(byte));
      if (next[1] == kDead) continue;
      if (on_trie) {
        const auto& children = trie_.nodes[tuple[0]].children;
        if (const auto child = children.find(static_cast<std::uint8_t>(byte)); child != children.end())
          next[0] = child->second;
      }
      for (std::size_t p = 0; p < patterns_.size(); ++p) {
        if (tuple[2 + p] != kDead) next[2 + p] = patterns_[p]->step(tuple[2 + p], static_cast<std::uint8_t>(byte));
      }
      if (next[0] == kDead && hopeless(next)) continue;
      if (next != before) {
        to = index_of(next);
        before = next;
      }
      if (!draft.edges.empty() && draft.edges.back().to == to && draft.edges.back().last + 1 == byte) {
        draft.edges.back().last = static_cast<std::uint8_t>(byte);
      } else {
        draft.edges.push_back({static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(byte), to});
      }
    }
    drafts_.push_back(std::move(draft));
  }

  std::uint64_t matching(const Tuple& tuple) const {
    std::uint64_t bits = 0;
    for (std::size_t p = 0; p < patterns_.size(); ++p) {
      if (tuple[2 + p] != kDead && patterns_[p]->accepts(tuple[2 + p])) bits |= std::uint64_t{1} << p;
    }
    return bits;
  }

  /// Without patterns that can still match, keys are of the class without any: nothing to look for where that is
  /// forbidden.
  bool hopeless(const Tuple& tuple) const {
    return !others_allowed_ && std::all_of(tuple.begin() + 2, tuple.end(), [](State state) { return state == kDead; });
  }

  bool every_text(const Tuple& tuple) {
    for (std::size_t p = 0; p < patterns_.size(); ++p) {
      const State state = tuple[2 + p];
      if (state == kDead) continue;
      const auto [known, fresh] = memo_[p].try_emplace(state, false);
      if (fresh) known->second = accepts_every_text_from(*patterns_[p], state);
      if (!known->second) return false;
    }
    return true;
  }

  /// Keeps what leads to a label.
  void trim() {
    const std::size_t n = drafts_.size();
    std::vector<std::vector<State>> from(n);
    std::vector<std::uint8_t> useful(n, 0);
    std::vector<State> todo;
    for (State state = 0; state < n; ++state) {
      for (const Dfa::Edge& edge : drafts_[state].edges) from[edge.to].push_back(state);
      if (drafts_[state].label != KeyAutomaton::kNoLabel) {
        useful[state] = 1;
        todo.push_back(state);
      }
    }
    while (!todo.empty()) {
      const State state = todo.back();
      todo.pop_back();
      for (const State before : from[state]) {
        if (useful[before] != 0) continue;
        useful[before] = 1;
        todo.push_back(before);
      }
    }
    std::vector<State> renamed(n, kDead);
    for (State state = 0, next = 0; state < n; ++state) {
      if (useful[state] != 0) renamed[state] = next++;
    }
    out_.start_ = renamed[0];
    for (State state = 0; state < n; ++state) {
      if (useful[state] == 0) continue;
      KeyAutomaton::StateData data;
      data.label = drafts_[state].label;
      data.universal = drafts_[state].universal;
      data.inside_character = drafts_[state].inside_character;
      data.first_edge = static_cast<std::uint32_t>(out_.edges_.size());
      for (Dfa::Edge edge : drafts_[state].edges) {
        edge.to = renamed[edge.to];
        if (edge.to != kDead) out_.edges_.push_back(edge);
      }
      data.n_edges = static_cast<std::uint32_t>(out_.edges_.size()) - data.first_edge;
      out_.states_.push_back(data);
      trie_node_.push_back(tuples_[state][0]);
      if ((data.label & KeyAutomaton::kClass) != 0 && data.label != KeyAutomaton::kNoLabel)
        out_.classes_in_use_.push_back(data.label & ~KeyAutomaton::kClass);
    }
    auto& classes = out_.classes_in_use_;
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  }

  std::span<const Dfa::Edge> edges(State state) const {
    return std::span(out_.edges_).subspan(out_.states_[state].first_edge, out_.states_[state].n_edges);
  }

  /// class_keys: depth first; a state that is met again while it is open lies on a circle, and a circle is endless.
  void count() {
    enum : std::uint8_t { kNew, kOpen, kDone };
    std::vector<std::uint8_t> colour(out_.states_.size(), kNew);
    struct Visit {
      State state;
      std::size_t edge;
    };
    for (State root = 0; root < out_.states_.size(); ++root) {
      if (colour[root] != kNew) continue;
      std::vector<Visit> stack = {{root, 0}};
      colour[root] = kOpen;
      while (!stack.empty()) {
        const State state = stack.back().state;
        const auto all = edges(state);
        if (stack.back().edge < all.size()) {
          const State to = all[stack.back().edge++].to;
          if (colour[to] == kNew) {
            colour[to] = kOpen;
            stack.push_back({to, 0});
          } else if (colour[to] == kOpen) {
            out_.states_[to].class_keys = Dfa::kInfinite;
          }
          continue;
        }
        KeyAutomaton::StateData& data = out_.states_[state];
        std::uint64_t sum = data.label != KeyAutomaton::kNoLabel && (data.label & KeyAutomaton::kClass) != 0 ? 1 : 0;
        for (const Dfa::Edge& edge : all) {
          sum += std::uint64_t{out_.states_[edge.to].class_keys} * (edge.last - edge.first + 1U);
          sum = std::min<std::uint64_t>(sum, Dfa::kInfinite);
        }
        if (data.class_keys != Dfa::kInfinite) data.class_keys = static_cast<std::uint32_t>(sum);
        colour[state] = kDone;
        stack.pop_back();
      }
    }
  }

  void collect_names() {
    // The states on the trie form a tree themselves: one state a node.
    std::vector<std::vector<std::uint32_t>> below(trie_.nodes.size());
    for (std::uint32_t node = static_cast<std::uint32_t>(trie_.nodes.size()); node-- > 0;) {  // children come later
      auto& ids = below[node];
      if (trie_.nodes[node].name != KeyAutomaton::kNoLabel) ids.push_back(trie_.nodes[node].name);
      for (const auto& [byte, child] : trie_.nodes[node].children) {
        ids.insert(ids.end(), below[child].begin(), below[child].end());
      }
      std::sort(ids.begin(), ids.end());
    }
    for (State state = 0; state < out_.states_.size(); ++state) {
      KeyAutomaton::StateData& data = out_.states_[state];
      data.first_name = static_cast<std::uint32_t>(out_.names_below_.size());
      if (trie_node_[state] == kDead) continue;
      const auto& ids = below[trie_node_[state]];
      out_.names_below_.insert(out_.names_below_.end(), ids.begin(), ids.end());
      data.n_names = static_cast<std::uint32_t>(ids.size());
    }
  }

  KeyAutomaton& out_;
  NameTrie trie_;
  std::span<const DfaPointer> patterns_;
  const KeyAutomaton::ClassOf& class_of_;
  AutomatonLimits limits_;
  bool others_allowed_ = false;
  std::unordered_map<Tuple, State, TupleHash> index_;
  std::vector<Tuple> tuples_;
  std::vector<Draft> drafts_;
  std::vector<State> trie_node_;
  std::vector<std::unordered_map<State, bool>> memo_;
};

KeyAutomaton::KeyAutomaton(std::span<const std::string> names, std::span<const DfaPointer> patterns,
                           const ClassOf& class_of, const AutomatonLimits& limits) {
  KeyAutomatonBuilder(*this, names, patterns, class_of, limits).run();
}

KeyAutomaton::State KeyAutomaton::step(State state, std::uint8_t byte) const {
  const StateData& data = states_[state];
  const auto* first = edges_.data() + data.first_edge;
  const auto* last = first + data.n_edges;
  const auto* found = std::partition_point(first, last, [byte](const Dfa::Edge& edge) { return edge.last < byte; });
  return found != last && found->first <= byte ? found->to : kDead;
}

}  // namespace hearth
