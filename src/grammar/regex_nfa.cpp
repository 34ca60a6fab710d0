#include "grammar/regex_nfa.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

using Kind = RegexNfa::State::Kind;

/// From the end to the beginning: each part is given what follows it.
class NfaBuilder {
 public:
  NfaBuilder(RegexSyntax syntax, const RegexBudget& budget) : syntax_(std::move(syntax)), budget_(budget) {}

  RegexNfa build(RegexMatch match) {
    const std::uint32_t end = add({Kind::kMatch});
    if (match == RegexMatch::kWhole) {
      nfa_.start = build(syntax_.root, end);
    } else {
      const std::uint32_t any = number_of_any();
      nfa_.sink = add_loop(any, end);
      nfa_.start = add_loop(any, build(syntax_.root, nfa_.sink));
    }
    nfa_.sets = std::move(syntax_.sets);
    return std::move(nfa_);
  }

 private:
  std::uint32_t add(RegexNfa::State state) {
    nfa_.states.push_back(state);
    budget_.check_nfa_states(nfa_.states.size());
    return static_cast<std::uint32_t>(nfa_.states.size() - 1);
  }

  std::uint32_t number_of_any() {
    const auto found = std::find(syntax_.sets.begin(), syntax_.sets.end(), CodePointSet::all());
    if (found == syntax_.sets.end()) syntax_.sets.push_back(CodePointSet::all());
    return static_cast<std::uint32_t>(std::find(syntax_.sets.begin(), syntax_.sets.end(), CodePointSet::all()) -
                                      syntax_.sets.begin());
  }

  /// Any number of characters of the set, then `next`.
  std::uint32_t add_loop(std::uint32_t set, std::uint32_t next) {
    const std::uint32_t loop = add({Kind::kSplit, 0, RegexNfa::kNone, next});
    const std::uint32_t character = add({Kind::kSet, set, loop});
    nfa_.states[loop].next = character;
    return loop;
  }

  std::uint32_t build(std::uint32_t number, std::uint32_t next) {
    const RegexNode& node = syntax_.nodes[number];
    switch (node.kind) {
      case RegexNode::Kind::kSet: return add({Kind::kSet, node.set, next});
      case RegexNode::Kind::kTextStart: return add({Kind::kTextStart, 0, next});
      case RegexNode::Kind::kTextEnd: return add({Kind::kTextEnd, 0, next});
      case RegexNode::Kind::kSequence:
        for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) next = build(*child, next);
        return next;
      case RegexNode::Kind::kChoice: {
        std::uint32_t entry = build(node.children.back(), next);
        for (auto child = node.children.rbegin() + 1; child != node.children.rend(); ++child) {
          entry = add({Kind::kSplit, 0, build(*child, next), entry});
        }
        return entry;
      }
      case RegexNode::Kind::kRepetition: return build_repetition(node, next);
    }
    return next;
  }

  std::uint32_t build_repetition(const RegexNode& node, std::uint32_t next) {
    const std::uint32_t child = node.children[0];
    std::uint32_t entry = next;
    std::uint32_t required = node.min;
    if (node.max == RegexNode::kUnbounded) {
      // The last required round is the one that is repeated: otherwise (((x+)+)+)+ would double with each group.
      const std::uint32_t loop = add({Kind::kSplit, 0, RegexNfa::kNone, next});
      const std::uint32_t round = build(child, loop);
      nfa_.states[loop].next = round;
      entry = required == 0 ? loop : round;
      if (required > 0) --required;
    } else {
      for (std::uint32_t i = node.min; i < node.max; ++i) {
        const std::uint32_t round = build(child, entry);
        if (round == entry) break;  // the child is the empty text
        entry = add({Kind::kSplit, 0, round, next});
      }
    }
    for (; required > 0; --required) {
      const std::uint32_t round = build(child, entry);
      if (round == entry) break;
      entry = round;
    }
    return entry;
  }

  RegexSyntax syntax_;
  const RegexBudget& budget_;
  RegexNfa nfa_;
};

}  // namespace

RegexNfa build_nfa(RegexSyntax syntax, RegexMatch match, const RegexBudget& budget) {
  return NfaBuilder(std::move(syntax), budget).build(match);
}

}  // namespace hearth
