#include <algorithm>
#include <map>
#include <utility>

#include "grammar/character_dfa.h"
#include "grammar/flat_automaton.h"
#include "grammar/state_index.h"

namespace hearth {

namespace {

/// The UTF-8 of all classes' characters as a tree whose leaves are classes.
class Utf8Tree {
 public:
  struct Edge {
    std::uint8_t first, last;
    bool is_leaf;
    std::uint32_t child;  ///< node, or class of a leaf
  };
  struct Node {
    std::vector<Edge> edges;
    std::vector<std::uint32_t> classes;  ///< those of the leaves below, ascending
  };

  explicit Utf8Tree(const CharacterClasses& classes) : ranges_(classes.ranges) {
    Node root;
    for (char32_t c = 0; c < 0x80; ++c) append(root, static_cast<std::uint8_t>(c), block(c, 0, 0));
    // Lead bytes, and the first code point that may be written with so many bytes (RFC 3629, section 3).
    for (char32_t lead = 0; lead < 0x20; ++lead) append(root, byte(0xC0, lead), block(lead, 1, 0x80));
    for (char32_t lead = 0; lead < 0x10; ++lead) append(root, byte(0xE0, lead), block(lead, 2, 0x800));
    for (char32_t lead = 0; lead < 0x08; ++lead) append(root, byte(0xF0, lead), block(lead, 3, 0x10000));
    root_ = add(std::move(root));
  }

  std::uint32_t root() const { return root_; }
  std::size_t size() const { return nodes_.size(); }
  const Node& node(std::uint32_t number) const { return nodes_[number]; }

 private:
  struct Child {
    enum class Kind { kNothing, kLeaf, kNode } kind = Kind::kNothing;
    std::uint32_t number = 0;
  };

  static std::uint8_t byte(unsigned high, char32_t low) { return static_cast<std::uint8_t>(high | low); }

  /// The code points that begin with `prefix` and have `n_missing` more continuation bytes, without those below `min`.
  /// Must be called in ascending order.
  Child block(char32_t prefix, unsigned n_missing, char32_t min) {
    const char32_t begin = prefix << (6 * n_missing);
    const char32_t first = std::max(begin, min);
    const char32_t last = begin + (char32_t{1} << (6 * n_missing)) - 1;
    if (last < first) return {};
    while (next_range_ < ranges_.size() && ranges_[next_range_].last < first) ++next_range_;
    if (next_range_ == ranges_.size() || ranges_[next_range_].first > last) return {};
    const auto& range = ranges_[next_range_];
    if (range.first <= begin && first == begin && last <= range.last) return uniform(n_missing, range.character_class);
    Node node;
    for (char32_t low = 0; low < 64; ++low) append(node, byte(0x80, low), block(prefix << 6 | low, n_missing - 1, min));
    return node.edges.empty() ? Child{} : Child{Child::Kind::kNode, add(std::move(node))};
  }

  /// A whole block of one class; one node serves all.
  Child uniform(unsigned n_missing, std::uint32_t character_class) {
    if (n_missing == 0) return {Child::Kind::kLeaf, character_class};
    const auto key = std::make_pair(n_missing, character_class);
    if (const auto found = uniform_.find(key); found != uniform_.end()) return {Child::Kind::kNode, found->second};
    const Child below = uniform(n_missing - 1, character_class);
    Node node;
    node.edges = {{0x80, 0xBF, below.kind == Child::Kind::kLeaf, below.number}};
    const std::uint32_t number = add(std::move(node));
    uniform_.emplace(key, number);
    return {Child::Kind::kNode, number};
  }

  static void append(Node& node, std::uint8_t at, const Child& child) {
    if (child.kind == Child::Kind::kNothing) return;
    const bool is_leaf = child.kind == Child::Kind::kLeaf;
    if (!node.edges.empty()) {
      Edge& before = node.edges.back();
      if (before.last + 1 == at && before.is_leaf == is_leaf && before.child == child.number) {
        before.last = at;
        return;
      }
    }
    node.edges.push_back({at, at, is_leaf, child.number});
  }

  std::uint32_t add(Node node) {
    for (const Edge& edge : node.edges) {
      if (edge.is_leaf) {
        node.classes.push_back(edge.child);
      } else {
        const auto& below = nodes_[edge.child].classes;
        node.classes.insert(node.classes.end(), below.begin(), below.end());
      }
    }
    std::sort(node.classes.begin(), node.classes.end());
    node.classes.erase(std::unique(node.classes.begin(), node.classes.end()), node.classes.end());
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  const std::vector<CharacterClasses::Range>& ranges_;
  std::size_t next_range_ = 0;
  std::vector<Node> nodes_;
  std::map<std::pair<unsigned, std::uint32_t>, std::uint32_t> uniform_;
  std::uint32_t root_ = 0;
};

class Utf8Expansion {
 public:
  Utf8Expansion(const CharacterDfa& dfa, const CharacterClasses& classes, RegexBudget& budget)
      : dfa_(dfa),
        budget_(budget),
        tree_(classes),
        target_(classes.n_classes, Dfa::kDead),
        made_(tree_.size(), {Dfa::kDead, Dfa::kDead}) {}

  Dfa::Draft run() {
    budget_.check_states(dfa_.states.size());
    draft_.states.resize(dfa_.states.size());
    draft_.start = dfa_.start;
    for (std::size_t s = 0; s < dfa_.states.size(); ++s) {
      for (const auto& step : dfa_.states[s].steps) target_[step.character_class] = step.to;
      state_ = static_cast<std::uint32_t>(s);
      auto edges = edges_of(tree_.root());
      draft_.states[s].edges = std::move(edges);
      draft_.states[s].accepts = dfa_.states[s].accepts;
      for (const auto& step : dfa_.states[s].steps) target_[step.character_class] = Dfa::kDead;
    }
    return std::move(draft_);
  }

 private:
  struct Made {
    std::uint32_t by;  // the state of dfa_ for which it was made
    Dfa::State state;
  };

  std::vector<Dfa::Edge> edges_of(std::uint32_t node) {
    std::vector<Dfa::Edge> edges;
    budget_.spend(tree_.node(node).edges.size());
    for (const auto& edge : tree_.node(node).edges) {
      const Dfa::State to = edge.is_leaf ? target_[edge.child] : within_character(edge.child);
      if (to != Dfa::kDead) append_edge(edges, 0, {edge.first, edge.last, to});
    }
    return edges;
  }

  /// The state after the bytes that lead to `node`; states with the same edges are one.
  Dfa::State within_character(std::uint32_t node) {
    if (made_[node].by == state_) return made_[node].state;
    made_[node] = {state_, Dfa::kDead};
    const auto& classes = tree_.node(node).classes;
    if (std::all_of(classes.begin(), classes.end(), [this](std::uint32_t c) { return target_[c] == Dfa::kDead; })) {
      return Dfa::kDead;
    }
    auto edges = edges_of(node);
    const auto candidate = static_cast<Dfa::State>(draft_.states.size());
    const Dfa::State found = index_.find_or_add(hash_edges(edges, false), candidate, [&](Dfa::State other) {
      return equal_edges(draft_.states[other].edges, edges);
    });
    if (found == candidate) {
      draft_.states.push_back({false, std::move(edges)});
      budget_.check_states(draft_.states.size());
    }
    made_[node].state = found;
    return found;
  }

  const CharacterDfa& dfa_;
  RegexBudget& budget_;
  Utf8Tree tree_;
  std::uint32_t state_ = 0;
  std::vector<Dfa::State> target_;  // class → state
  std::vector<Made> made_;          // by node
  StateIndex index_;
  Dfa::Draft draft_;
};

}  // namespace

Dfa::Draft expand_to_utf8(const CharacterDfa& dfa, const CharacterClasses& classes, RegexBudget& budget) {
  return Utf8Expansion(dfa, classes, budget).run();
}

}  // namespace hearth
