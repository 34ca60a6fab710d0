#include "grammar/number_set.h"

#include <memory>
#include <utility>

#include "base/quote.h"
#include "grammar/decimal_automata.h"
#include "grammar/regex.h"
#include "hearth/error.h"

namespace hearth {

namespace {

const DfaPointer& without_exponent() {
  static const DfaPointer texts = compile_regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?", RegexMatch::kWhole);
  return texts;
}

}  // namespace

NumberSet NumberSet::all() {
  // RFC 8259, section 6.
  static const DfaPointer texts = compile_regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?", RegexMatch::kWhole);
  return NumberSet(texts, /*all=*/true);
}

NumberSet NumberSet::none() { return NumberSet(std::make_shared<const Dfa>(Dfa::Draft{})); }

NumberSet NumberSet::integers() {
  static const DfaPointer texts = compile_regex("-?(0|[1-9][0-9]*)(\\.0+)?", RegexMatch::kWhole);
  return NumberSet(texts);
}

NumberSet NumberSet::at_least(const Decimal& bound, bool exclusive) {
  return NumberSet(decimals_compared(bound, {false, !exclusive, true}));
}

NumberSet NumberSet::at_most(const Decimal& bound, bool exclusive) {
  return NumberSet(decimals_compared(bound, {true, !exclusive, false}));
}

NumberSet NumberSet::equal_to(const Decimal& value) {
  return NumberSet(decimals_compared(value, {false, true, false}));
}

NumberSet NumberSet::multiples_of(const Decimal& step) {
  if (step.negative || step.digits == "0") {
    throw Error(ErrorCode::kInvalidArgument, "multipleOf must be greater than 0", "write a positive number");
  }
  return NumberSet(decimals_divisible(step));
}

NumberSet NumberSet::operator&(const NumberSet& other) const {
  if (all_) return other;
  if (other.all_) return *this;
  return NumberSet(intersection(*texts_, *other.texts_));
}

NumberSet NumberSet::operator|(const NumberSet& other) const {
  if (all_ || other.all_) return all();
  return NumberSet(unite(*texts_, *other.texts_));
}

/// A spelling with an exponent may be of any number, so that what remains of all() has none.
NumberSet NumberSet::operator-(const NumberSet& other) const {
  if (other.all_) return none();
  if (other.empty()) return *this;
  return NumberSet(difference(all_ ? *without_exponent() : *texts_, *other.texts_));
}

}  // namespace hearth
