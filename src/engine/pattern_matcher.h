// Finds any of several byte strings in a stream, byte by byte: the automaton of Aho and Corasick (1975). Matches may
// span the pieces that a stream comes in. Not a regular expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hearth {

/// Immutable after construction; memory and construction time are linear in the patterns' bytes.
class PatternMatcher {
 public:
  using State = std::uint32_t;
  static constexpr State kStart = 0;

  /// `what` names one pattern in errors ("stop string"). Errors: kInvalidArgument for an empty pattern or more than 16
  /// MiB of them.
  PatternMatcher(std::span<const std::string> patterns, std::string_view what);

  /// The state after one more byte. Amortised constant time.
  State step(State state, unsigned char byte) const;
  /// How many of the last bytes may still become a pattern: the length of the longest suffix that begins one.
  std::size_t pending(State state) const { return nodes_[state].depth; }
  /// The length of the longest pattern that ends here, 0 if none does.
  std::size_t matched(State state) const { return nodes_[state].matched; }
  /// Whether any pattern occurs in `text`.
  bool occurs_in(std::string_view text) const;

 private:
  struct Node {
    std::uint32_t depth = 0;
    std::uint32_t matched = 0;
    State fallback = kStart;  ///< the longest proper suffix that is also in the tree
  };
  std::vector<Node> nodes_{1};
  std::unordered_map<std::uint64_t, State> children_;  ///< (state << 8 | byte) → state
};

}  // namespace hearth
