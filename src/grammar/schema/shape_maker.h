// From expressions to shapes: what each keyword of JSON Schema (2020-12 and draft 7) means.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/schema/expression.h"
#include "grammar/schema/schema_document.h"
#include "grammar/schema/shape.h"
#include "hearth/error.h"

namespace hearth {

/// A JSON number as it was written, as far as its value tells.
Decimal decimal_of(const json::value& number);

class ShapeMaker {
 public:
  /// With `lenient` a keyword that cannot be enforced is left out and noted in dropped() instead of refused.
  ShapeMaker(SchemaDocument& document, bool lenient);

  ExprTable& exprs() { return exprs_; }
  /// The shape of an expression, made once. Errors: kUnsupported naming keyword and place for what cannot be enforced;
  /// kInvalidArgument for what is no schema. The reference is good for as long as this object.
  const Shape& shape(ExprId expr);
  /// Certainly no value satisfies the expression (false: maybe one does).
  bool certainly_empty(ExprId expr);
  /// The values of an enum or const that every value of the expression is one of; nothing when there is none.
  std::optional<std::vector<const json::value*>> enumeration(ExprId expr) const;
  /// A place to name in errors about the expression.
  std::string where(ExprId expr) const;
  const std::vector<std::string>& dropped() const { return dropped_; }
  void drop(const Error& error);

 private:
  friend class SiteReader;
  Shape make(ExprId expr);
  /// Something asks which parts of a value other schemas have looked at.
  bool tracks_evaluation() const;
  bool looks_empty(ExprId expr);
  Shape of_site(SiteId site);
  Shape of_literal(const json::value& value);
  Shape of_enum(const json::array& values);

  SchemaDocument& document_;
  bool lenient_;
  ExprTable exprs_;
  ShapeAlgebra algebra_{exprs_};
  std::unordered_map<ExprId, std::unique_ptr<Shape>> shapes_;  // null while it is being made
  std::vector<std::string> dropped_;
  int emptiness_depth_ = 0;
  int nested_ = 0;  ///< shapes that are being made
};

}  // namespace hearth
