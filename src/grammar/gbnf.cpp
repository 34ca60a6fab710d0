// GBNF to a graph. What a rule can write without coming back to itself is regular and becomes one automaton, which
// makes it fast and free of ambiguity; only what recurses stays a node of its own.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/quote.h"
#include "grammar/gbnf_syntax.h"
#include "grammar/grammar.h"
#include "grammar/regex_syntax.h"
#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kMostInlined = 100'000;  // nodes of one automaton's tree
constexpr int kDeepestInlined = 1000;          // what walks the tree is recursive

class GbnfCompiler {
 public:
  explicit GbnfCompiler(const GbnfSyntax& syntax) : syntax_(syntax), n_(syntax.rules.size()) {}

  GrammarGraph run() {
    find_recursive();
    find_nullable();
    refuse_left_recursion();
    graph_.root = node_of_rule(syntax_.root);
    // Rules are filled in only now, since they refer to each other.
    while (!todo_.empty()) {
      const auto [rule, node] = todo_.back();
      todo_.pop_back();
      graph_.nodes[node] = SequenceNode{{emit(syntax_.rules[rule].body)}};
    }
    refuse_endless();
    return std::move(graph_);
  }

 private:
  using Kind = GbnfNode::Kind;

  template <typename Visit>
  static void visit_rules(const GbnfNode& node, Visit&& visit) {
    if (node.kind == Kind::kRule) visit(node.rule);
    for (const GbnfNode& child : node.children) visit_rules(child, visit);
  }

  /// A rule is recursive when it reaches itself; what reaches a recursive rule is not regular either.
  void find_recursive() {
    std::vector<std::vector<std::uint32_t>> uses(n_);
    for (std::size_t i = 0; i < n_; ++i)
      visit_rules(syntax_.rules[i].body, [&](std::uint32_t rule) { uses[i].push_back(rule); });
    // A rule is regular once all it uses are; what is left over is on, or leads to, a circle.
    regular_.assign(n_, false);
    std::vector<std::vector<std::uint32_t>> used_by(n_);
    std::vector<std::size_t> waiting(n_);
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < n_; ++i) {
      std::sort(uses[i].begin(), uses[i].end());
      uses[i].erase(std::unique(uses[i].begin(), uses[i].end()), uses[i].end());
      waiting[i] = uses[i].size();
      for (const std::uint32_t rule : uses[i]) used_by[rule].push_back(i);
      if (waiting[i] == 0) ready.push_back(i);
    }
    while (!ready.empty()) {
      const std::uint32_t rule = ready.back();
      ready.pop_back();
      regular_[rule] = true;
      for (const std::uint32_t user : used_by[rule]) {
        if (--waiting[user] == 0) ready.push_back(user);
      }
    }
  }

  bool nullable(const GbnfNode& node) const {
    const auto child_nullable = [this](const GbnfNode& child) { return nullable(child); };
    switch (node.kind) {
      case Kind::kSet: return false;
      case Kind::kSequence: return std::all_of(node.children.begin(), node.children.end(), child_nullable);
      case Kind::kChoice: return std::any_of(node.children.begin(), node.children.end(), child_nullable);
      case Kind::kRepetition: return node.min == 0 || nullable(node.children[0]);
      case Kind::kRule: return nullable_[node.rule];
    }
    return false;
  }

  void find_nullable() {
    nullable_.assign(n_, false);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < n_; ++i) {
        if (nullable_[i] || !nullable(syntax_.rules[i].body)) continue;
        nullable_[i] = true;
        changed = true;
      }
    }
  }

  /// The rules that may begin where `node` begins.
  void first_rules(const GbnfNode& node, std::vector<std::uint32_t>& out) const {
    if (node.kind == Kind::kRule) out.push_back(node.rule);
    for (const GbnfNode& child : node.children) {
      first_rules(child, out);
      if (node.kind == Kind::kSequence && !nullable(child)) return;
    }
  }

  void refuse_left_recursion() const {
    std::vector<std::vector<std::uint32_t>> first(n_);
    for (std::size_t i = 0; i < n_; ++i) {
      if (!regular_[i]) first_rules(syntax_.rules[i].body, first[i]);
    }
    enum : std::uint8_t { kNew, kOpen, kDone };
    std::vector<std::uint8_t> colour(n_, kNew);
    for (std::uint32_t root = 0; root < n_; ++root) {
      std::vector<std::pair<std::uint32_t, std::size_t>> stack;
      if (colour[root] == kNew) stack.emplace_back(root, 0);
      colour[root] = std::max<std::uint8_t>(colour[root], kOpen);
      while (!stack.empty()) {
        auto& [rule, next] = stack.back();
        if (next == first[rule].size()) {
          colour[rule] = kDone;
          stack.pop_back();
          continue;
        }
        const std::uint32_t to = first[rule][next++];
        if (colour[to] == kOpen) {
          throw Error(ErrorCode::kUnsupported,
                      fmt::format("the grammar's rule {} begins with itself", quote(syntax_.rules[to].name)),
                      "write the repetition with * or +, or put the recursive part last");
        }
        if (colour[to] == kNew) {
          colour[to] = kOpen;
          stack.emplace_back(to, 0);
        }
      }
    }
  }

  bool is_regular(const GbnfNode& node) const {
    bool all = true;
    visit_rules(node, [&](std::uint32_t rule) { all = all && regular_[rule]; });
    return all;
  }

  /// Adds `node` to a regular expression's tree, rules written out; false when it becomes too large.
  bool inline_into(const GbnfNode& node, RegexSyntax& syntax, std::map<CodePointSet, std::uint32_t>& sets,
                   std::uint32_t& out, int depth = 0) const {
    if (syntax.nodes.size() >= kMostInlined || depth > kDeepestInlined) return false;
    if (node.kind == Kind::kRule) return inline_into(syntax_.rules[node.rule].body, syntax, sets, out, depth + 1);
    RegexNode made;
    switch (node.kind) {
      case Kind::kSet: {
        const auto [found, fresh] = sets.try_emplace(node.set, static_cast<std::uint32_t>(syntax.sets.size()));
        if (fresh) syntax.sets.push_back(node.set);
        made.kind = RegexNode::Kind::kSet;
        made.set = found->second;
        break;
      }
      case Kind::kChoice: made.kind = RegexNode::Kind::kChoice; break;
      case Kind::kRepetition:
        made.kind = RegexNode::Kind::kRepetition;
        made.min = node.min;
        made.max = node.max == GbnfNode::kUnbounded ? RegexNode::kUnbounded : node.max;
        break;
      default: break;
    }
    for (const GbnfNode& child : node.children) {
      std::uint32_t number = 0;
      if (!inline_into(child, syntax, sets, number, depth + 1)) return false;
      made.children.push_back(number);
    }
    out = static_cast<std::uint32_t>(syntax.nodes.size());
    syntax.nodes.push_back(std::move(made));
    return true;
  }

  std::optional<NodeId> emit_regular(const GbnfNode& node) {
    if (!is_regular(node)) return std::nullopt;
    RegexSyntax syntax;
    std::map<CodePointSet, std::uint32_t> sets;
    if (!inline_into(node, syntax, sets, syntax.root)) return std::nullopt;
    try {
      return add(LexemeNode{compile_syntax(std::move(syntax), RegexMatch::kWhole, "", "a part of the grammar")});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      return std::nullopt;  // too large for one automaton: its parts become nodes
    }
  }

  NodeId add(GrammarNode node) {
    graph_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(graph_.nodes.size() - 1);
  }

  NodeId node_of_rule(std::uint32_t rule) {
    const auto [found, fresh] = nodes_.try_emplace(rule, 0);
    if (fresh) {
      const auto regular = emit_regular(syntax_.rules[rule].body);
      found->second = regular ? *regular : add(SequenceNode{});
      if (!regular) todo_.emplace_back(rule, found->second);
    }
    return found->second;
  }

  NodeId emit(const GbnfNode& node) {
    if (node.kind == Kind::kRule) return node_of_rule(node.rule);
    if (const auto regular = emit_regular(node)) return *regular;
    switch (node.kind) {
      case Kind::kRepetition: {
        const NodeId part = emit(node.children[0]);
        return add(RepeatNode{part, node.min, node.max == GbnfNode::kUnbounded ? kUnbounded : node.max,
                              nullable(node.children[0])});
      }
      case Kind::kChoice: return emit_choice(node);
      case Kind::kSequence: return emit_sequence(node);
      default: return add(ChoiceNode{});  // a single character is always regular
    }
  }

  /// Neighbours that are regular together become one automaton.
  NodeId emit_sequence(const GbnfNode& node) {
    std::vector<NodeId> parts;
    for (std::size_t i = 0; i < node.children.size();) {
      GbnfNode run{Kind::kSequence, {}, 0, 0, 0, {}};
      while (i < node.children.size() && is_regular(node.children[i])) run.children.push_back(node.children[i++]);
      if (run.children.size() > 1 && run.children.size() < node.children.size()) {
        parts.push_back(emit(run));
      } else {
        for (const GbnfNode& child : run.children) parts.push_back(emit(child));
      }
      if (i < node.children.size()) parts.push_back(emit(node.children[i++]));
    }
    return add(SequenceNode{std::move(parts)});
  }

  NodeId emit_choice(const GbnfNode& node) {
    std::vector<NodeId> options;
    GbnfNode regular{Kind::kChoice, {}, 0, 0, 0, {}};
    for (const GbnfNode& child : node.children) {
      if (is_regular(child)) {
        regular.children.push_back(child);
      } else {
        options.push_back(emit(child));
      }
    }
    if (regular.children.size() > 1 && regular.children.size() < node.children.size()) {
      options.push_back(emit(regular));
    } else {
      for (const GbnfNode& child : regular.children) options.push_back(emit(child));
    }
    return add(ChoiceNode{std::move(options)});
  }

  /// What can only go on for ever is taken out, so that no answer begins what it cannot end.
  void refuse_endless() {
    std::vector<bool> ends(graph_.nodes.size(), false);
    const auto now = [&](const GrammarNode& node) {
      const auto known = [&](NodeId id) { return ends[id]; };
      if (const auto* lexeme = std::get_if<LexemeNode>(&node)) return !lexeme->dfa->empty();
      if (const auto* sequence = std::get_if<SequenceNode>(&node))
        return std::all_of(sequence->parts.begin(), sequence->parts.end(), known);
      if (const auto* choice = std::get_if<ChoiceNode>(&node))
        return std::any_of(choice->options.begin(), choice->options.end(), known);
      if (const auto* repeat = std::get_if<RepeatNode>(&node)) return repeat->min == 0 || ends[repeat->part];
      return true;
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (NodeId id = static_cast<NodeId>(graph_.nodes.size()); id-- > 0;) {
        if (ends[id] || !now(graph_.nodes[id])) continue;
        ends[id] = true;
        changed = true;
      }
    }
    if (!ends[graph_.root]) throw Error(ErrorCode::kInvalidArgument, "the grammar matches no text that ends");
    for (GrammarNode& node : graph_.nodes) {
      if (auto* choice = std::get_if<ChoiceNode>(&node))
        std::erase_if(choice->options, [&](NodeId id) { return !ends[id]; });
      if (auto* repeat = std::get_if<RepeatNode>(&node); repeat != nullptr && !ends[repeat->part])
        node = SequenceNode{};
    }
  }

  const GbnfSyntax& syntax_;
  std::size_t n_;
  std::vector<bool> regular_, nullable_;
  GrammarGraph graph_;
  std::map<std::uint32_t, NodeId> nodes_;
  std::vector<std::pair<std::uint32_t, NodeId>> todo_;
};

}  // namespace

std::shared_ptr<const Grammar> Grammar::from_gbnf(std::string_view text) {
  const GbnfSyntax syntax = parse_gbnf(text);
  return std::make_shared<const Grammar>(GbnfCompiler(syntax).run(), std::vector<std::string>{});
}

}  // namespace hearth
