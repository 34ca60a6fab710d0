// The keys of an object as one automaton over their decoded bytes, which says at its end what a key is: one of the
// named members, or a member of a class of other keys (by the patterns that they match).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "grammar/dfa.h"

namespace hearth {

/// Immutable; any number of threads may use one.
class KeyAutomaton {
 public:
  using State = Dfa::State;
  static constexpr State kDead = Dfa::kDead;
  static constexpr std::uint32_t kNoLabel = 0xFFFF'FFFFU;
  static constexpr std::uint32_t kClass = 0x8000'0000U;  ///< labels of classes have this bit

  /// Says which class a key belongs to that is none of the names, by the patterns that match it (bit i: pattern i);
  /// kNoLabel forbids it.
  using ClassOf = std::function<std::uint32_t(std::uint64_t matching)>;
  /// At most 64 patterns. Errors: kUnsupported beyond the limits.
  KeyAutomaton(std::span<const std::string> names, std::span<const DfaPointer> patterns, const ClassOf& class_of,
               const AutomatonLimits& limits = {});

  State start() const { return start_; }
  State step(State state, std::uint8_t byte) const;
  /// Ascending.
  std::span<const Dfa::Edge> edges(State state) const {
    return std::span(edges_).subspan(states_[state].first_edge, states_[state].n_edges);
  }
  /// A name's index, kClass | class, or kNoLabel where no key ends.
  std::uint32_t label(State state) const { return states_[state].label; }
  /// The names below a state, ascending.
  std::span<const std::uint32_t> names_below(State state) const {
    return std::span(names_below_).subspan(states_[state].first_name, states_[state].n_names);
  }
  /// How many keys of classes lie below a state, as Dfa::completions().
  std::uint32_t class_keys_below(State state) const { return states_[state].class_keys; }
  /// Every text from here on is a key of the class that label() says.
  bool is_universal(State state) const { return states_[state].universal; }
  /// There are no patterns: every text that is no name is a key of one class.
  bool free_but_names() const { return free_but_names_; }
  /// A character has been begun and is not complete.
  bool inside_character(State state) const { return states_[state].inside_character; }
  /// Whether a key of some class exists at all.
  bool has_class_keys() const { return start_ != kDead && class_keys_below(start_) > 0; }
  /// The classes that some key has, ascending.
  const std::vector<std::uint32_t>& classes_in_use() const { return classes_in_use_; }
  std::size_t n_states() const { return states_.size(); }

 private:
  struct StateData {
    std::uint32_t label = kNoLabel;
    std::uint32_t first_edge = 0, n_edges = 0;
    std::uint32_t first_name = 0, n_names = 0;
    std::uint32_t class_keys = 0;
    bool universal = false;
    bool inside_character = false;
  };
  friend class KeyAutomatonBuilder;

  State start_ = kDead;
  bool free_but_names_ = false;
  std::vector<StateData> states_;
  std::vector<Dfa::Edge> edges_;
  std::vector<std::uint32_t> names_below_;
  std::vector<std::uint32_t> classes_in_use_;
};

}  // namespace hearth
