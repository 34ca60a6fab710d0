#include "grammar/schema/shape_maker.h"

#include <algorithm>

#include "grammar/schema/schema_error.h"
#include "grammar/schema/site_reader.h"

namespace hearth {
namespace {

// How many schemas may lead into each other for one value. Each takes stack, and no schema that means something comes
// near.
constexpr int kMostNested = 400;
constexpr int kEmptinessDepth = 3;  // deep enough to tell apart alternatives by a member that names their kind

/// Counts up while it lives.
class Deeper {
 public:
  explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;
  ~Deeper() { --depth_; }

 private:
  int& depth_;
};

/// The text of a JSON number that its value was read from.
std::string number_text(const json::value& value) {
  if (value.is_int64()) return fmt::format("{}", value.get_int64());
  if (value.is_uint64()) return fmt::format("{}", value.get_uint64());
  return fmt::format("{}", value.get_double());
}

}  // namespace

Decimal decimal_of(const json::value& number) { return Decimal::parse(number_text(number)); }

ShapeMaker::ShapeMaker(SchemaDocument& document, bool lenient) : document_(document), lenient_(lenient) {}

bool ShapeMaker::tracks_evaluation() const {
  return document_.uses("unevaluatedProperties") || document_.uses("unevaluatedItems");
}

void ShapeMaker::drop(const Error& error) {
  if (!lenient_) throw error;
  dropped_.push_back(error.message());
}

std::string ShapeMaker::where(ExprId expr) const {
  const Expr& what = exprs_[expr];
  switch (what.kind) {
    case ExprKind::kSite: return document_.site(what.site).where;
    case ExprKind::kNot:
    case ExprKind::kAnd:
    case ExprKind::kOr: return where(what.parts[0]);
    default: return "#";
  }
}

const Shape& ShapeMaker::shape(ExprId expr) {
  const auto known = shapes_.find(expr);
  if (known != shapes_.end()) {
    if (known->second == nullptr) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the schema at {} refers to itself for the same value", where(expr)),
                  "a reference must lead through a property or an item before it comes back");
    }
    return *known->second;
  }
  if (nested_ == kMostNested) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("the schema at {} stands behind more than {} others for the same value", where(expr), kMostNested),
        "let references lead to their schema directly");
  }
  shapes_.emplace(expr, nullptr);
  ++nested_;
  try {
    auto made = std::make_unique<Shape>(make(expr));
    --nested_;
    return *(shapes_[expr] = std::move(made));
  } catch (...) {
    --nested_;
    shapes_.erase(expr);
    throw;
  }
}

Shape ShapeMaker::make(ExprId expr) {
  const Expr what = exprs_[expr];  // a copy: the table may grow
  switch (what.kind) {
    case ExprKind::kTrue: return Shape::any();
    case ExprKind::kFalse: return {};
    case ExprKind::kSite: return of_site(what.site);
    case ExprKind::kLiteral: return of_literal(*what.literal);
    case ExprKind::kNot: return algebra_.complement(shape(what.parts[0]), where(expr));
    case ExprKind::kAnd:
    case ExprKind::kOr: break;
  }
  Shape result = shape(what.parts[0]);
  for (std::size_t i = 1; i < what.parts.size(); ++i) {
    const Shape& part = shape(what.parts[i]);
    result = what.kind == ExprKind::kAnd ? algebra_.intersection(result, part, where(expr))
                                         : algebra_.unite(result, part, where(expr));
  }
  return result;
}

Shape ShapeMaker::of_site(SiteId site) {
  const json::value& value = *document_.site(site).value;
  if (value.is_bool()) return value.get_bool() ? Shape::any() : Shape{};
  if (!value.is_object())
    throw wrong_schema("schema", document_.site(site).where, "is neither an object nor a boolean");
  return SiteReader(*this, site).read();
}

Shape ShapeMaker::of_literal(const json::value& value) {
  Shape shape;
  if (value.is_null()) {
    shape.null_value = true;
  } else if (value.is_bool()) {
    (value.get_bool() ? shape.true_value : shape.false_value) = true;
  } else if (value.is_number()) {
    shape.numbers = NumberSet::equal_to(decimal_of(value));
  } else if (value.is_string()) {
    const std::string text(value.get_string());
    shape.strings.push_back({word_set(std::span(&text, 1)), 0, kNoLimit});
  } else if (value.is_array()) {
    ArrayShape array;
    for (const json::value& item : value.get_array()) array.prefix.push_back(exprs_.of_literal(item));
    array.rest = ExprTable::kFalse;
    array.min = array.max = static_cast<std::uint32_t>(array.prefix.size());
    shape.arrays.push_back(std::move(array));
  } else {
    ObjectShape object;
    const auto names = std::make_shared<std::set<std::string>>();
    for (const auto& member : value.get_object()) {
      const std::string name(member.key());
      names->insert(name);
      object.order.push_back(name);
      object.required.push_back(name);
      object.rules.push_back({{KeySet::Kind::kName, name, nullptr, nullptr, {}}, exprs_.of_literal(member.value())});
    }
    object.rules.push_back({{KeySet::Kind::kOthers, "", nullptr, names, {}}, ExprTable::kFalse});
    shape.objects.push_back(std::move(object));
  }
  return shape;
}

Shape ShapeMaker::of_enum(const json::array& values) {
  Shape shape;
  std::vector<std::string> words;
  for (const json::value& value : values) {
    if (value.is_string()) {
      words.emplace_back(value.get_string());
      continue;
    }
    const Shape one = of_literal(value);
    shape.null_value |= one.null_value;
    shape.true_value |= one.true_value;
    shape.false_value |= one.false_value;
    if (!one.numbers.empty()) shape.numbers = shape.numbers | one.numbers;
    shape.arrays.insert(shape.arrays.end(), one.arrays.begin(), one.arrays.end());
    shape.objects.insert(shape.objects.end(), one.objects.begin(), one.objects.end());
  }
  if (!words.empty()) shape.strings.push_back({word_set(words), 0, kNoLimit});
  return shape;
}

bool ShapeMaker::certainly_empty(ExprId expr) {
  try {
    return looks_empty(expr);
  } catch (const Error&) {
    return false;  // what cannot be said of it is said where it is needed
  }
}

bool ShapeMaker::looks_empty(ExprId expr) {
  if (expr == ExprTable::kFalse) return true;
  if (expr == ExprTable::kTrue || emptiness_depth_ >= kEmptinessDepth) return false;
  const auto known = shapes_.find(expr);
  if (known != shapes_.end() && known->second == nullptr) return false;  // being made: it is recursive
  const Deeper depth(emptiness_depth_);
  const Shape& what = shape(expr);
  if (what.null_value || what.true_value || what.false_value || !what.numbers.empty() || !what.strings.empty())
    return false;
  const auto empty_array = [this](const ArrayShape& array) {
    for (std::uint32_t i = 0; i < array.min && i < array.prefix.size(); ++i) {
      if (looks_empty(array.prefix[i])) return true;
    }
    return array.min > array.prefix.size() && looks_empty(array.rest);
  };
  const auto empty_object = [this](const ObjectShape& object) {
    const std::set<std::string, std::less<>> required(object.required.begin(), object.required.end());
    return std::any_of(object.rules.begin(), object.rules.end(), [&](const ObjectShape::Rule& rule) {
      return rule.keys.kind == KeySet::Kind::kName && required.contains(rule.keys.name) && looks_empty(rule.value);
    });
  };
  return std::all_of(what.arrays.begin(), what.arrays.end(), empty_array) &&
         std::all_of(what.objects.begin(), what.objects.end(), empty_object);
}

std::optional<std::vector<const json::value*>> ShapeMaker::enumeration(ExprId expr) const {
  const Expr& what = exprs_[expr];
  if (what.kind == ExprKind::kLiteral) return std::vector{what.literal};
  if (what.kind == ExprKind::kAnd) {
    for (const ExprId part : what.parts) {
      if (auto values = enumeration(part)) return values;
    }
  }
  if (what.kind != ExprKind::kSite) return std::nullopt;
  const json::value& schema = *document_.site(what.site).value;
  if (!schema.is_object()) return std::nullopt;
  if (const json::value* value = schema.get_object().if_contains("const")) return std::vector{value};
  const json::value* values = schema.get_object().if_contains("enum");
  if (values == nullptr || !values->is_array()) return std::nullopt;
  std::vector<const json::value*> list;
  for (const json::value& value : values->get_array()) list.push_back(&value);
  return list;
}

}  // namespace hearth
