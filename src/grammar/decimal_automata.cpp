#include "grammar/decimal_automata.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "grammar/automaton_error.h"

namespace hearth {

namespace {

using State = Dfa::State;

/// As many digits as doubles have at most before or behind their point.
constexpr std::int64_t kMaxPlaces = 1100;

std::string spelling(const Decimal& value) {
  return (value.negative ? "-" : "") + value.digits + (value.exponent == 0 ? "" : "e" + std::to_string(value.exponent));
}

[[noreturn]] void fail_too_long(const Decimal& value) {
  throw Error(ErrorCode::kUnsupported, "the number " + quote(spelling(value)) + " has too many digits to be enforced",
              "use one between 1e-1000 and 1e1000 with fewer digits");
}

void check_places(const Decimal& value) {
  const auto n_digits = static_cast<std::int64_t>(std::min<std::size_t>(value.digits.size(), kMaxPlaces + 1));
  if (n_digits > kMaxPlaces || value.exponent < -kMaxPlaces || value.exponent + n_digits > kMaxPlaces) {
    fail_too_long(value);
  }
}

class DraftBuilder {
 public:
  State add(bool accepts) {
    draft_.states.push_back({accepts, {}});
    return static_cast<State>(draft_.states.size() - 1);
  }
  void edge(State from, char first, char last, State to) {
    draft_.states[from].edges.push_back({static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last), to});
  }
  void edge(State from, char byte, State to) { edge(from, byte, byte, to); }
  /// ".", at least one digit: whatever they are, or zeros.
  void add_fraction(State from, bool accepts, char last_digit) {
    const State point = add(false);
    const State digits = add(accepts);
    edge(from, '.', point);
    edge(point, '0', last_digit, digits);
    edge(digits, '0', last_digit, digits);
  }
  DfaPointer build(State start) {
    draft_.start = start;
    return std::make_shared<const Dfa>(draft_);
  }

 private:
  Dfa::Draft draft_;
};

/// Compares the digits of a spelling without sign with those of a bound, from the left.
class MagnitudeComparer {
 public:
  MagnitudeComparer(DraftBuilder& draft, const Decimal& bound, Comparison wanted) : draft_(draft), wanted_(wanted) {
    const auto n_digits = static_cast<std::int64_t>(bound.digits.size());
    const std::int64_t n_integer = n_digits + bound.exponent;  // digits before the point
    if (n_integer <= 0) {
      fraction_ = bound.digits == "0" ? "" : std::string(static_cast<std::size_t>(-n_integer), '0') + bound.digits;
    } else if (bound.exponent >= 0) {
      integer_ = bound.digits + std::string(static_cast<std::size_t>(bound.exponent), '0');
    } else {
      integer_ = bound.digits.substr(0, static_cast<std::size_t>(n_integer));
      fraction_ = bound.digits.substr(static_cast<std::size_t>(n_integer));
    }
    if (bound.digits == "0") integer_.clear();
  }

  /// The state before the first digit.
  State build() {
    const std::size_t n = integer_.size();  // 0 for bounds below 1
    // longer: more integer digits than the bound; equal_[k], less_[k], greater_[k]: after k digits.
    const State longer = draft_.add(wanted_.greater);
    draft_.edge(longer, '0', '9', longer);
    draft_.add_fraction(longer, wanted_.greater, '9');
    std::vector<State> less(n + 1);
    std::vector<State> greater(n + 1);
    std::vector<State> equal(n + 1);
    const bool ends_equal = fraction_.empty();
    for (std::size_t k = n; k >= 1; --k) {
      // With fewer digits than the bound any number is less.
      less[k] = draft_.add(wanted_.less);
      greater[k] = draft_.add(k == n ? wanted_.greater : wanted_.less);
      equal[k] = draft_.add(k == n && ends_equal ? wanted_.equal : wanted_.less);
      draft_.add_fraction(less[k], wanted_.less, '9');
      draft_.add_fraction(greater[k], k == n ? wanted_.greater : wanted_.less, '9');
      if (k == n) {
        for (const State state : {less[k], greater[k], equal[k]}) draft_.edge(state, '0', '9', longer);
        add_compared_fraction(equal[k]);
      } else {
        draft_.edge(less[k], '0', '9', less[k + 1]);
        draft_.edge(greater[k], '0', '9', greater[k + 1]);
        branch(equal[k], integer_[k], less[k + 1], equal[k + 1], greater[k + 1]);
        draft_.add_fraction(equal[k], wanted_.less, '9');
      }
    }
    const State start = draft_.add(false);
    const State zero = draft_.add(n > 0 || !ends_equal ? wanted_.less : wanted_.equal);
    draft_.edge(start, '0', zero);
    if (n == 0) {
      draft_.edge(start, '1', '9', longer);
      add_compared_fraction(zero);
    } else {
      draft_.add_fraction(zero, wanted_.less, '9');
      if (integer_[0] > '1') draft_.edge(start, '1', static_cast<char>(integer_[0] - 1), less[1]);
      draft_.edge(start, integer_[0], equal[1]);
      if (integer_[0] < '9') draft_.edge(start, static_cast<char>(integer_[0] + 1), '9', greater[1]);
    }
    return start;
  }

 private:
  void branch(State from, char digit, State less, State equal, State greater) {
    if (digit > '0') draft_.edge(from, '0', static_cast<char>(digit - 1), less);
    draft_.edge(from, digit, equal);
    if (digit < '9') draft_.edge(from, static_cast<char>(digit + 1), '9', greater);
  }

  /// The fraction after integer digits that equal the bound's.
  void add_compared_fraction(State from) {
    const State less = draft_.add(wanted_.less);
    const State greater = draft_.add(wanted_.greater);
    draft_.edge(less, '0', '9', less);
    draft_.edge(greater, '0', '9', greater);
    State state = draft_.add(false);
    draft_.edge(from, '.', state);
    for (std::size_t k = 0; k < fraction_.size(); ++k) {
      const State next = draft_.add(k + 1 == fraction_.size() ? wanted_.equal : wanted_.less);
      branch(state, fraction_[k], less, next, greater);
      state = next;
    }
    if (fraction_.empty()) {
      const State zeros = draft_.add(wanted_.equal);
      branch(state, '0', less, zeros, greater);
      state = zeros;
    }
    branch(state, '0', less, state, greater);
  }

  DraftBuilder& draft_;
  Comparison wanted_;
  std::string integer_, fraction_;
};

/// Reads digits from the left, keeping the remainder. With step = d · 10^e a number is divisible when, without its last
/// max(e, 0) digits (which must be zeros) or with -e digits of its fraction, it is divisible by d.
class DivisibilityBuilder {
 public:
  explicit DivisibilityBuilder(const Decimal& step)
      : n_zeros_(static_cast<std::uint64_t>(std::max<std::int64_t>(step.exponent, 0))),
        n_places_(static_cast<std::uint64_t>(std::max<std::int64_t>(-step.exponent, 0))) {
    const AutomatonLimits limits;
    const auto& digits = step.digits;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), divisor_);
    // Overflow cannot happen below: the divisor is at most the limit and places are at most kMaxPlaces.
    if (end.ec != std::errc() || divisor_ > limits.max_states ||
        divisor_ * (n_zeros_ + n_places_ + 1) > limits.max_states) {
      fail_too_many_states(limits, "multipleOf " + quote(spelling(step)));
    }
  }

  DfaPointer build() {
    const State start = draft_.add(false);
    const State unsigned_start = draft_.add(false);
    const State zero = draft_.add(true);
    draft_.edge(start, '-', unsigned_start);
    for (const State from : {start, unsigned_start}) {
      draft_.edge(from, '0', zero);
      for (unsigned digit = 1; digit <= 9; ++digit) draft_.edge(from, to_char(digit), integer(digit % divisor_, 0));
    }
    draft_.edge(zero, '.', fraction(0, 0));
    while (!open_.empty()) {
      const auto [key, state] = open_.back();
      open_.pop_back();
      if (key.in_fraction) {
        extend_fraction(key, state);
      } else {
        extend_integer(key, state);
      }
    }
    return draft_.build(start);
  }

 private:
  struct Key {
    bool in_fraction;
    std::uint64_t remainder;
    std::uint64_t count;  // zeros held back at the end of the integer; digits of the fraction
    bool any;             // the fraction has a digit
    auto operator<=>(const Key&) const = default;
  };

  static char to_char(unsigned digit) { return static_cast<char>('0' + digit); }

  State number(const Key& key, bool accepts) {
    const auto [found, is_new] = states_.try_emplace(key, Dfa::kDead);
    if (is_new) {
      found->second = draft_.add(accepts);
      open_.emplace_back(key, found->second);
    }
    return found->second;
  }

  /// `remainder` of all digits but the last `held` ones, which are zeros.
  State integer(std::uint64_t remainder, std::uint64_t held) {
    return number({false, remainder, held, false}, held == n_zeros_ && ends_divisible(remainder, 0));
  }
  State fraction(std::uint64_t remainder, std::uint64_t n_read, bool any = false) {
    return number({true, remainder, n_read, any}, any && ends_divisible(remainder, n_read));
  }
  /// Whether zeros in the places that are missing make it divisible.
  bool ends_divisible(std::uint64_t remainder, std::uint64_t n_read) const {
    for (; n_read < n_places_; ++n_read) remainder = remainder * 10 % divisor_;
    return remainder == 0;
  }

  void extend_integer(const Key& key, State state) {
    for (unsigned digit = 0; digit <= 9; ++digit) {
      std::uint64_t remainder = key.remainder;
      std::uint64_t held = key.count;
      if (digit == 0 && held < n_zeros_) {
        ++held;
      } else if (digit == 0) {
        remainder = remainder * 10 % divisor_;
      } else {
        for (; held > 0; --held) remainder = remainder * 10 % divisor_;
        remainder = (remainder * 10 + digit) % divisor_;
      }
      draft_.edge(state, to_char(digit), integer(remainder, held));
    }
    // With zeros to come in the integer only whole multiples may have a fraction (of zeros).
    if (key.count == n_zeros_ && (n_places_ > 0 || key.remainder == 0)) {
      draft_.edge(state, '.', fraction(key.remainder, 0));
    }
  }

  void extend_fraction(const Key& key, State state) {
    for (unsigned digit = 0; digit <= 9; ++digit) {
      if (key.count < n_places_) {
        draft_.edge(state, to_char(digit), fraction((key.remainder * 10 + digit) % divisor_, key.count + 1, true));
      } else if (digit == 0 && key.remainder == 0) {
        draft_.edge(state, '0', fraction(0, key.count, true));
      }
    }
  }

  std::uint64_t divisor_ = 1;
  std::uint64_t n_zeros_;
  std::uint64_t n_places_;
  DraftBuilder draft_;
  std::map<Key, State> states_;
  std::vector<std::pair<Key, State>> open_;
};

}  // namespace

DfaPointer decimals_compared(const Decimal& bound, Comparison wanted) {
  check_places(bound);
  const bool is_zero = bound.digits == "0";
  const Decimal zero;
  const Decimal magnitude = {false, bound.digits, bound.exponent};
  const Comparison mirrored = {wanted.greater, wanted.equal, wanted.less};
  // Numbers on the other side of zero are all on one side of the bound; -0 is 0, and so never beyond it.
  const bool nonnegative_all = wanted.greater;
  const bool negative_all = wanted.less;
  DraftBuilder draft;
  const State nonnegative =
      bound.negative ? MagnitudeComparer(draft, zero, {nonnegative_all, nonnegative_all, nonnegative_all}).build()
                     : MagnitudeComparer(draft, magnitude, wanted).build();
  const State negative = bound.negative || is_zero
                             ? MagnitudeComparer(draft, magnitude, mirrored).build()
                             : MagnitudeComparer(draft, zero, {negative_all, negative_all, negative_all}).build();
  draft.edge(nonnegative, '-', negative);
  return draft.build(nonnegative);
}

DfaPointer decimals_divisible(const Decimal& step) {
  check_places(step);
  return DivisibilityBuilder(step).build();
}

}  // namespace hearth
