#include "grammar/schema/shape.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "grammar/schema/schema_error.h"

namespace hearth {
namespace {

constexpr std::size_t kMostAlternatives = 1000;

template <typename T>
void check_size(const std::vector<T>& alternatives, const std::string& where) {
  if (alternatives.size() <= kMostAlternatives) return;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("the schema at {} combines into more than {} alternatives", where, kMostAlternatives),
              "use fewer alternatives inside each other");
}

bool is_plain(const StringShape& string) { return string.min == 0 && string.max == kNoLimit; }

/// Whether two sets of keys are certainly the same.
bool same_keys(const KeySet& a, const KeySet& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case KeySet::Kind::kName: return a.name == b.name;
    case KeySet::Kind::kPattern: return a.pattern == b.pattern;
    case KeySet::Kind::kOthers: break;
  }
  const bool same_except =
      a.except == b.except || (a.except != nullptr && b.except != nullptr && *a.except == *b.except);
  return same_except && a.except_patterns == b.except_patterns;
}

bool meet(const StringShape& a, const StringShape& b, StringShape& out) {
  out.min = std::max(a.min, b.min);
  out.max = std::min(a.max, b.max);
  if (out.min > out.max) return false;
  if (a.text == nullptr || b.text == nullptr || a.text == b.text) {
    out.text = a.text == nullptr ? b.text : a.text;
  } else {
    out.text = intersection(*a.text, *b.text);
  }
  return out.text == nullptr || !out.text->empty();
}

}  // namespace

bool contains_key(const KeySet& keys, const std::string& name) {
  switch (keys.kind) {
    case KeySet::Kind::kName: return keys.name == name;
    case KeySet::Kind::kPattern: return keys.pattern->matches(name);
    case KeySet::Kind::kOthers: break;
  }
  if (keys.except != nullptr && keys.except->contains(name)) return false;
  return std::none_of(keys.except_patterns.begin(), keys.except_patterns.end(),
                      [&](const DfaPointer& pattern) { return pattern->matches(name); });
}

DfaPointer text_of(const StringShape& string) {
  DfaPointer text = string.text == nullptr ? any_text() : string.text;
  if (is_plain(string)) return text;
  const DfaPointer lengths = text_of_length(string.min, string.max == kNoLimit ? Dfa::kInfinite : string.max);
  return string.text == nullptr ? lengths : intersection(*text, *lengths);
}

Shape Shape::any() {
  Shape shape;
  shape.null_value = shape.true_value = shape.false_value = true;
  shape.numbers = NumberSet::all();
  shape.strings.emplace_back();
  shape.arrays.emplace_back();
  shape.objects.emplace_back();
  return shape;
}

bool ShapeAlgebra::meet(const ArrayShape& a, const ArrayShape& b, ArrayShape& out) {
  out = {};
  out.min = std::max(a.min, b.min);
  out.max = std::min(a.max, b.max);
  const std::size_t n = std::max(a.prefix.size(), b.prefix.size());
  for (std::size_t i = 0; i < n; ++i) {
    const ExprId left = i < a.prefix.size() ? a.prefix[i] : a.rest, right = i < b.prefix.size() ? b.prefix[i] : b.rest;
    const ExprId item = exprs_.both(left, right);
    if (item == ExprTable::kFalse) out.max = std::min(out.max, static_cast<std::uint32_t>(i));
    out.prefix.push_back(item);
  }
  out.rest = exprs_.both(a.rest, b.rest);
  if (out.rest == ExprTable::kFalse) out.max = std::min(out.max, static_cast<std::uint32_t>(n));
  out.contains = a.contains;
  for (const ArrayShape::Contains& more : b.contains) {
    const auto same = std::find_if(out.contains.begin(), out.contains.end(), [&](const auto& known) {
      return known.item == more.item && known.from == more.from;
    });
    if (same == out.contains.end()) {
      out.contains.push_back(more);
    } else {
      same->min = std::max(same->min, more.min);
      same->max = std::min(same->max, more.max);
    }
  }
  out.unique = a.unique || b.unique;
  out.not_unique = a.not_unique || b.not_unique;
  out.evaluated = std::max(a.evaluated, b.evaluated);
  out.evaluated_if = a.evaluated_if;
  out.evaluated_if.insert(out.evaluated_if.end(), b.evaluated_if.begin(), b.evaluated_if.end());
  if (out.max <= 1 && out.unique) out.unique = false;
  if (out.not_unique && (out.unique || out.max <= 1)) return false;
  return out.min <= out.max && std::all_of(out.contains.begin(), out.contains.end(), [&](const auto& contains) {
           return contains.min <= contains.max && contains.min <= out.max;
         });
}

bool ShapeAlgebra::meet(const ObjectShape& a, const ObjectShape& b, ObjectShape& out) {
  out = a;
  out.min = std::max(a.min, b.min);
  out.max = std::min(a.max, b.max);
  std::unordered_set<std::string> known(out.order.begin(), out.order.end());
  for (const std::string& name : b.order) {
    if (known.insert(name).second) out.order.push_back(name);
  }
  std::unordered_set<std::string> required(out.required.begin(), out.required.end());
  for (const std::string& name : b.required) {
    if (required.insert(name).second) out.required.push_back(name);
  }
  std::unordered_map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < out.rules.size(); ++i) {
    if (out.rules[i].keys.kind == KeySet::Kind::kName) by_name.emplace(out.rules[i].keys.name, i);
  }
  for (const ObjectShape::Rule& rule : b.rules) {
    ObjectShape::Rule* same = nullptr;
    if (rule.keys.kind == KeySet::Kind::kName) {
      const auto found = by_name.find(rule.keys.name);
      if (found != by_name.end()) same = &out.rules[found->second];
    } else {
      const auto found = std::find_if(out.rules.begin(), out.rules.end(),
                                      [&](const auto& other) { return same_keys(other.keys, rule.keys); });
      if (found != out.rules.end()) same = &*found;
    }
    if (same != nullptr) {
      same->value = exprs_.both(same->value, rule.value);
    } else {
      if (rule.keys.kind == KeySet::Kind::kName) by_name.emplace(rule.keys.name, out.rules.size());
      out.rules.push_back(rule);
    }
  }
  out.some.insert(out.some.end(), b.some.begin(), b.some.end());
  out.evaluated.insert(out.evaluated.end(), b.evaluated.begin(), b.evaluated.end());
  out.all_evaluated = a.all_evaluated || b.all_evaluated;
  if (out.min > out.max || out.required.size() > out.max) return false;
  for (const ObjectShape::Rule& rule : out.rules) {
    if (rule.value != ExprTable::kFalse) continue;
    if (rule.keys.kind == KeySet::Kind::kName
            ? required.contains(rule.keys.name)
            : std::any_of(out.required.begin(), out.required.end(),
                          [&](const auto& name) { return contains_key(rule.keys, name); }))
      return false;
  }
  return true;
}

Shape ShapeAlgebra::intersection(const Shape& a, const Shape& b, const std::string& where) {
  Shape out;
  out.null_value = a.null_value && b.null_value;
  out.true_value = a.true_value && b.true_value;
  out.false_value = a.false_value && b.false_value;
  out.numbers = a.numbers & b.numbers;
  const auto pairs = [&](const auto& left, const auto& right, auto& result, const auto& meet_two) {
    for (const auto& x : left) {
      for (const auto& y : right) {
        auto both = x;
        if (meet_two(x, y, both)) result.push_back(std::move(both));
        check_size(result, where);
      }
    }
  };
  pairs(a.strings, b.strings, out.strings,
        [](const auto& x, const auto& y, auto& both) { return hearth::meet(x, y, both); });
  const auto member = [this](const auto& x, const auto& y, auto& both) { return meet(x, y, both); };
  pairs(a.arrays, b.arrays, out.arrays, member);
  pairs(a.objects, b.objects, out.objects, member);
  return out;
}

Shape ShapeAlgebra::unite(const Shape& a, const Shape& b, const std::string& where) {
  Shape out = a;
  out.null_value |= b.null_value;
  out.true_value |= b.true_value;
  out.false_value |= b.false_value;
  out.numbers = a.numbers | b.numbers;
  out.strings.insert(out.strings.end(), b.strings.begin(), b.strings.end());
  out.arrays.insert(out.arrays.end(), b.arrays.begin(), b.arrays.end());
  out.objects.insert(out.objects.end(), b.objects.begin(), b.objects.end());
  // Strings without bounds are one automaton: an enumeration of thousands stays one alternative.
  if (std::count_if(out.strings.begin(), out.strings.end(), is_plain) > 1) {
    StringShape joined = *std::find_if(out.strings.begin(), out.strings.end(), is_plain);
    std::vector<StringShape> bounded;
    bool first = true;
    for (StringShape& string : out.strings) {
      if (!is_plain(string)) {
        bounded.push_back(std::move(string));
      } else if (first) {
        first = false;
      } else {
        joined.text =
            joined.text == nullptr || string.text == nullptr ? nullptr : hearth::unite(*joined.text, *string.text);
      }
    }
    if (joined.text == nullptr) bounded.clear();
    bounded.push_back(std::move(joined));
    out.strings = std::move(bounded);
  }
  check_size(out.strings, where);
  check_size(out.arrays, where);
  check_size(out.objects, where);
  return out;
}

std::vector<StringShape> ShapeAlgebra::complement(const std::vector<StringShape>& strings, const std::string& where) {
  std::vector<StringShape> left = {StringShape{}};
  for (const StringShape& string : strings) {
    std::vector<StringShape> pieces;
    if (string.text != nullptr) {
      const DfaPointer others = difference(*any_text(), *string.text);
      if (!others->empty()) pieces.push_back({others, 0, kNoLimit});
    }
    if (string.min > 0) pieces.push_back({nullptr, 0, string.min - 1});
    if (string.max != kNoLimit) pieces.push_back({nullptr, string.max + 1, kNoLimit});
    std::vector<StringShape> next;
    for (const StringShape& a : left) {
      for (const StringShape& b : pieces) {
        StringShape both;
        if (hearth::meet(a, b, both)) next.push_back(std::move(both));
        check_size(next, where);
      }
    }
    left = std::move(next);
  }
  return left;
}

std::vector<ArrayShape> ShapeAlgebra::complement(const ArrayShape& array, const std::string& where) {
  if (array.unique || array.not_unique) throw refused("uniqueItems", where, "it is negated there");
  std::vector<ArrayShape> pieces;
  for (std::size_t i = 0; i < array.prefix.size(); ++i) {
    const ExprId wrong = exprs_.negation(array.prefix[i]);
    if (wrong == ExprTable::kFalse) continue;
    ArrayShape piece;
    piece.prefix.assign(i, ExprTable::kTrue);
    piece.prefix.push_back(wrong);
    piece.min = static_cast<std::uint32_t>(i) + 1;
    pieces.push_back(std::move(piece));
  }
  const auto n_prefix = static_cast<std::uint32_t>(array.prefix.size());
  if (const ExprId wrong = exprs_.negation(array.rest); wrong == ExprTable::kTrue) {
    ArrayShape piece;
    piece.min = n_prefix + 1;
    pieces.push_back(std::move(piece));
  } else if (wrong != ExprTable::kFalse) {
    ArrayShape piece;
    piece.contains.push_back({wrong, 1, kNoLimit, n_prefix});
    piece.min = n_prefix + 1;
    pieces.push_back(std::move(piece));
  }
  if (array.min > 0) {
    ArrayShape piece;
    piece.max = array.min - 1;
    pieces.push_back(std::move(piece));
  }
  if (array.max != kNoLimit) {
    ArrayShape piece;
    piece.min = array.max + 1;
    pieces.push_back(std::move(piece));
  }
  for (const ArrayShape::Contains& contains : array.contains) {
    if (contains.min > 0) {
      ArrayShape piece;
      piece.contains.push_back({contains.item, 0, contains.min - 1, contains.from});
      pieces.push_back(std::move(piece));
    }
    if (contains.max != kNoLimit) {
      ArrayShape piece;
      piece.contains.push_back({contains.item, contains.max + 1, kNoLimit, contains.from});
      piece.min = contains.max + 1;
      pieces.push_back(std::move(piece));
    }
  }
  return pieces;
}

std::vector<ObjectShape> ShapeAlgebra::complement(const ObjectShape& object) {
  std::vector<ObjectShape> pieces;
  const auto name_rule = [](const std::string& name, ExprId value) {
    return ObjectShape::Rule{{KeySet::Kind::kName, name, nullptr, nullptr, {}}, value};
  };
  for (const std::string& name : object.required) {
    ObjectShape piece;
    piece.rules.push_back(name_rule(name, ExprTable::kFalse));
    pieces.push_back(std::move(piece));
  }
  for (const ObjectShape::Rule& rule : object.rules) {
    const ExprId wrong = exprs_.negation(rule.value);
    if (wrong == ExprTable::kFalse) continue;
    ObjectShape piece;
    if (rule.keys.kind == KeySet::Kind::kName) {
      piece.order.push_back(rule.keys.name);
      piece.required.push_back(rule.keys.name);
      if (wrong != ExprTable::kTrue) piece.rules.push_back({rule.keys, wrong});
    } else {
      piece.some.push_back({rule.keys, wrong});
      piece.min = 1;
    }
    pieces.push_back(std::move(piece));
  }
  for (const ObjectShape::Rule& some : object.some) {
    ObjectShape piece;
    piece.rules.push_back({some.keys, exprs_.negation(some.value)});
    pieces.push_back(std::move(piece));
  }
  if (object.min > 0) {
    ObjectShape piece;
    piece.max = object.min - 1;
    pieces.push_back(std::move(piece));
  }
  if (object.max != kNoLimit) {
    ObjectShape piece;
    piece.min = object.max + 1;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

Shape ShapeAlgebra::complement(const Shape& a, const std::string& where) {
  Shape out = Shape::any();
  out.null_value = !a.null_value;
  out.true_value = !a.true_value;
  out.false_value = !a.false_value;
  out.numbers = NumberSet::all() - a.numbers;
  out.strings = complement(a.strings, where);
  for (const ArrayShape& array : a.arrays) {
    Shape left, pieces;
    left.arrays = std::move(out.arrays);
    pieces.arrays = complement(array, where);
    out.arrays = intersection(left, pieces, where).arrays;
  }
  for (const ObjectShape& object : a.objects) {
    Shape left, pieces;
    left.objects = std::move(out.objects);
    pieces.objects = complement(object);
    out.objects = intersection(left, pieces, where).objects;
  }
  return out;
}

}  // namespace hearth
