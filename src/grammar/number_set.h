// Sets of numbers as the JSON texts that write them. A set holds a number in every spelling without an exponent ("3",
// "3.0", "3.000"), or in none; "-0" is 0. Only the set of all numbers also holds spellings with an exponent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/dfa.h"

namespace hearth {

/// sign · digits · 10^exponent, exact.
struct Decimal {
  bool negative = false;
  std::string digits = "0";  ///< no leading and no trailing zeros, but "0" for zero
  std::int64_t exponent = 0;

  /// Of a JSON number's text. Errors: kInvalidArgument.
  static Decimal parse(std::string_view text);
  bool is_integer() const { return exponent >= 0; }
  bool operator==(const Decimal&) const = default;
};

class NumberSet {
 public:
  static NumberSet all();
  static NumberSet none();
  static NumberSet integers();  ///< also 3.0
  /// Errors, here and below: kUnsupported naming the value when the automaton would be too large.
  static NumberSet at_least(const Decimal& bound, bool exclusive = false);
  static NumberSet at_most(const Decimal& bound, bool exclusive = false);
  static NumberSet multiples_of(const Decimal& step);  ///< step > 0
  static NumberSet equal_to(const Decimal& value);

  NumberSet operator&(const NumberSet& other) const;
  NumberSet operator|(const NumberSet& other) const;
  NumberSet operator-(const NumberSet& other) const;

  bool empty() const { return texts_->empty(); }
  /// The texts, exponents included when the set is all().
  const DfaPointer& texts() const { return texts_; }

 private:
  explicit NumberSet(DfaPointer texts, bool all = false) : texts_(std::move(texts)), all_(all) {}
  DfaPointer texts_;
  bool all_ = false;
};

}  // namespace hearth
