// A deterministic automaton over bytes: the one form in which regular languages are kept, combined and walked. It is
// trimmed: every state leads to acceptance, so whoever walks it never gets stuck. It knows nothing of tokens or JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// How large a result may become. Going beyond is an Error kUnsupported "… needs more than N states".
struct AutomatonLimits {
  std::size_t max_states = 20'000;
};

/// Immutable; any number of threads may use one.
class Dfa {
 public:
  using State = std::uint32_t;
  static constexpr State kDead = 0xFFFF'FFFFU;
  static constexpr std::uint32_t kInfinite = 0xFFFF'FFFFU;

  /// Bytes first to last (inclusive) lead to `to`.
  struct Edge {
    std::uint8_t first, last;
    State to;
  };
  /// What an automaton is made from: states by index, each with edges that do not overlap, in any order.
  struct Draft {
    struct DraftState {
      bool accepts = false;
      std::vector<Edge> edges;
    };
    std::vector<DraftState> states;
    State start = 0;
  };

  /// Trims the draft; with `minimal` also merges equal states. The empty draft is the empty language.
  explicit Dfa(const Draft& draft, bool minimal = true);

  State start() const { return start_; }  ///< kDead for the empty language
  State step(State state, std::uint8_t byte) const {
    if (!dense_.empty()) return dense_[std::size_t{state} * 256 + byte];
    return step_sparse(state, byte);
  }
  bool accepts(State state) const { return accepts_[state] != 0; }
  std::size_t n_states() const { return accepts_.size(); }
  bool empty() const { return start_ == kDead; }
  /// Ascending, adjacent ones with the same target joined.
  std::span<const Edge> edges(State state) const;
  /// How many words lead from `state` to acceptance, the empty one included; kInfinite when endless or too many to
  /// count.
  std::uint32_t completions(State state) const { return completions_[state]; }
  /// The whole text is a word.
  bool matches(std::string_view text) const;
  std::size_t bytes() const;  ///< memory held

  Draft draft() const;

 private:
  State step_sparse(State state, std::uint8_t byte) const;

  State start_ = kDead;
  std::vector<std::uint8_t> accepts_;
  std::vector<std::uint32_t> first_edge_;  // [n_states + 1]
  std::vector<Edge> edges_;
  std::vector<State> dense_;  // [n_states * 256] when small, else empty
  std::vector<std::uint32_t> completions_;
};

using DfaPointer = std::shared_ptr<const Dfa>;

DfaPointer intersection(const Dfa& a, const Dfa& b, const AutomatonLimits& limits = {});
DfaPointer unite(const Dfa& a, const Dfa& b, const AutomatonLimits& limits = {});
/// Words of `a` that are none of `b`.
DfaPointer difference(const Dfa& a, const Dfa& b, const AutomatonLimits& limits = {});
bool same_language(const Dfa& a, const Dfa& b);

/// Exactly these words; time and states are linear in their length (no subset construction).
DfaPointer word_set(std::span<const std::string> words);
/// Every valid UTF-8 text (RFC 3629: no surrogates, nothing overlong); one shared object.
const DfaPointer& any_text();
/// The texts of `any_text()` with `min` to `max` code points (max kInfinite: any number).
DfaPointer text_of_length(std::uint32_t min, std::uint32_t max, const AutomatonLimits& limits = {});

}  // namespace hearth
