#include "text/jinja/predicates.h"

#include <utility>

#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/methods.h"
#include "text/jinja/operators.h"
#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

void refuse_arguments(Runtime& runtime, const Arguments& arguments) {
  const BoundArguments none(runtime, "this test", arguments, {});
}

/// Of a test that looks at the value alone.
template <bool (*Holds)(const Value&)>
bool simple(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return Holds(value);
}

bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_boolean(const Value& value) { return value.is_bool(); }
bool is_integer(const Value& value) { return value.is_integer(); }
bool is_float(const Value& value) { return value.is_float(); }
bool is_number(const Value& value) { return value.is_number(); }
bool is_string(const Value& value) { return value.string() != nullptr; }
bool is_mapping(const Value& value) { return value.dict() != nullptr; }
bool is_exactly_true(const Value& value) { return value.is_bool() && is_true(value); }
bool is_exactly_false(const Value& value) { return value.is_bool() && !is_true(value); }
bool is_escaped(const Value& value) { return value.string() != nullptr && value.string()->markup; }
bool is_callable(const Value& value) {
  return value.is_undefined() || (value.object() != nullptr && value.object()->callable());
}

/// Python's: it has a length and can be subscripted.
bool is_sequence(const Value& value) {
  if (value.is_undefined() || value.string() != nullptr || value.dict() != nullptr) return true;
  const SequenceObject* sequence = value.sequence();
  return sequence != nullptr && sequence->type != SequenceType::kKeys && sequence->type != SequenceType::kValues &&
         sequence->type != SequenceType::kItems;
}

bool all_lower(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return is_true(find_string_method("islower")(runtime, runtime.string(to_text(runtime, value)), {}));
}

bool all_upper(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return is_true(find_string_method("isupper")(runtime, runtime.string(to_text(runtime, value)), {}));
}

bool remainder_is(Runtime& runtime, const Value& value, std::int64_t divisor, std::int64_t rest) {
  const Value modulo = apply(runtime, BinaryOperator::kModulo, value, Value(divisor));
  return equals(runtime, modulo, Value(rest));
}

bool is_odd(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return remainder_is(runtime, value, 2, 1);
}

bool is_even(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return remainder_is(runtime, value, 2, 0);
}

bool is_divisible_by(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "divisibleby", arguments, {"num"});
  return equals(runtime, apply(runtime, BinaryOperator::kModulo, value, bound.require(0)), Value(std::int64_t{0}));
}

template <Comparison Op>
bool compared(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "this test", arguments, {"other"});
  return compare(runtime, Op, value, bound.require(0));
}

bool same_as(Runtime& runtime, const Value& value, const Arguments& arguments) {
  const BoundArguments bound(runtime, "sameas", arguments, {"other"});
  return is_same(value, bound.require(0));
}

bool names_filter(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return value.string() != nullptr && find_filter(value.string()->text.view()) != nullptr;
}

bool names_test(Runtime& runtime, const Value& value, const Arguments& arguments) {
  refuse_arguments(runtime, arguments);
  return value.string() != nullptr && find_predicate(value.string()->text.view()) != nullptr;
}

constexpr std::pair<std::string_view, Predicate> kPredicates[] = {
    {"defined", simple<is_defined>},
    {"undefined", simple<is_undefined>},
    {"none", simple<is_none>},
    {"boolean", simple<is_boolean>},
    {"true", simple<is_exactly_true>},
    {"false", simple<is_exactly_false>},
    {"integer", simple<is_integer>},
    {"float", simple<is_float>},
    {"number", simple<is_number>},
    {"string", simple<is_string>},
    {"mapping", simple<is_mapping>},
    {"sequence", simple<is_sequence>},
    {"iterable", simple<is_iterable>},
    {"callable", simple<is_callable>},
    {"escaped", simple<is_escaped>},
    {"lower", all_lower},
    {"upper", all_upper},
    {"odd", is_odd},
    {"even", is_even},
    {"divisibleby", is_divisible_by},
    {"sameas", same_as},
    {"filter", names_filter},
    {"test", names_test},
    {"in", compared<Comparison::kIn>},
    {"==", compared<Comparison::kEqual>},
    {"eq", compared<Comparison::kEqual>},
    {"equalto", compared<Comparison::kEqual>},
    {"!=", compared<Comparison::kNotEqual>},
    {"ne", compared<Comparison::kNotEqual>},
    {">", compared<Comparison::kGreater>},
    {"gt", compared<Comparison::kGreater>},
    {"greaterthan", compared<Comparison::kGreater>},
    {">=", compared<Comparison::kGreaterEqual>},
    {"ge", compared<Comparison::kGreaterEqual>},
    {"<", compared<Comparison::kLess>},
    {"lt", compared<Comparison::kLess>},
    {"lessthan", compared<Comparison::kLess>},
    {"<=", compared<Comparison::kLessEqual>},
    {"le", compared<Comparison::kLessEqual>},
};

}  // namespace

Predicate find_predicate(std::string_view name) {
  for (const auto& [known, predicate] : kPredicates) {
    if (known == name) return predicate;
  }
  return nullptr;
}

}  // namespace hearth::jinja
