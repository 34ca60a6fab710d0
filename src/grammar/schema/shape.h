// What values an expression allows, written out by type: for each type a union of simple conjunctions. Shapes are
// closed under intersection, union and complement, so that every boolean keyword of JSON Schema is exact. What stands
// inside arrays and objects are expressions, looked into only when needed.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "grammar/dfa.h"
#include "grammar/number_set.h"
#include "grammar/schema/expression.h"

namespace hearth {

constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

/// Strings whose text is a word of `text` (null: any) with `min` to `max` code points.
struct StringShape {
  DfaPointer text;
  std::uint32_t min = 0, max = kNoLimit;
};

struct ArrayShape {
  /// From `min` to `max` of the items from place `from` on satisfy `item`.
  struct Contains {
    ExprId item = 0;
    std::uint32_t min = 0, max = kNoLimit;
    std::uint32_t from = 0;
  };
  std::vector<ExprId> prefix;
  ExprId rest = ExprTable::kTrue;
  std::uint32_t min = 0, max = kNoLimit;
  std::vector<Contains> contains;
  bool unique = false, not_unique = false;
  // For unevaluatedItems: items that something has looked at.
  std::uint32_t evaluated = 0;  ///< the first ones; kNoLimit: all
  std::vector<ExprId> evaluated_if;
};

/// A set of keys.
struct KeySet {
  enum class Kind { kName, kPattern, kOthers } kind = Kind::kOthers;
  std::string name;                                     ///< kName: this one
  DfaPointer pattern;                                   ///< kPattern: words of it
  std::shared_ptr<const std::set<std::string>> except;  ///< kOthers: all but these (may be null) …
  std::vector<DfaPointer> except_patterns;              ///< … and these
};

struct ObjectShape {
  struct Rule {
    KeySet keys;
    ExprId value = 0;
  };
  std::vector<std::string> order;  ///< names in the order in which they are written
  std::vector<Rule> rules;         ///< the value of every such key satisfies it; kFalse forbids the keys
  std::vector<Rule> some;          ///< at least one such key exists with such a value
  std::vector<std::string> required;
  std::uint32_t min = 0, max = kNoLimit;
  // For unevaluatedProperties: keys that something has looked at.
  std::vector<KeySet> evaluated;
  bool all_evaluated = false;
};

struct Shape {
  bool null_value = false, true_value = false, false_value = false;
  NumberSet numbers = NumberSet::none();
  std::vector<StringShape> strings;
  std::vector<ArrayShape> arrays;
  std::vector<ObjectShape> objects;

  static Shape any();
};

/// The algebra. `where` names the place for errors: kUnsupported when a result has too many alternatives.
class ShapeAlgebra {
 public:
  explicit ShapeAlgebra(ExprTable& exprs) : exprs_(exprs) {}

  Shape intersection(const Shape& a, const Shape& b, const std::string& where);
  Shape unite(const Shape& a, const Shape& b, const std::string& where);
  Shape complement(const Shape& a, const std::string& where);

 private:
  std::vector<StringShape> complement(const std::vector<StringShape>& strings, const std::string& where);
  std::vector<ArrayShape> complement(const ArrayShape& array, const std::string& where);
  std::vector<ObjectShape> complement(const ObjectShape& object);
  bool meet(const ArrayShape& a, const ArrayShape& b, ArrayShape& out);
  bool meet(const ObjectShape& a, const ObjectShape& b, ObjectShape& out);

  ExprTable& exprs_;
};

bool contains_key(const KeySet& keys, const std::string& name);
/// Texts of a union of strings with bounds, as one automaton.
DfaPointer text_of(const StringShape& string);

}  // namespace hearth
