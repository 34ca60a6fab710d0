#include "grammar/schema/expression.h"

#include <algorithm>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kMostExpressions = 200'000;

}  // namespace

ExprTable::ExprTable() : exprs_{{ExprKind::kTrue, 0, nullptr, {}}, {ExprKind::kFalse, 0, nullptr, {}}} {}

ExprId ExprTable::intern(Expr expr) {
  const auto [found, fresh] =
      known_.try_emplace({expr.kind, expr.site, expr.literal, expr.parts}, static_cast<ExprId>(exprs_.size()));
  if (fresh) {
    if (exprs_.size() >= kMostExpressions) {
      throw Error(ErrorCode::kUnsupported, "the schema combines its parts in too many ways",
                  "use fewer alternatives inside each other");
    }
    exprs_.push_back(std::move(expr));
  }
  return found->second;
}

ExprId ExprTable::negation(ExprId a) {
  if (a == kTrue) return kFalse;
  if (a == kFalse) return kTrue;
  if (exprs_[a].kind == ExprKind::kNot) return exprs_[a].parts[0];
  return intern({ExprKind::kNot, 0, nullptr, {a}});
}

ExprId ExprTable::combine(ExprKind kind, ExprId a, ExprId b) {
  const bool conjunction = kind == ExprKind::kAnd;
  const ExprId neutral = conjunction ? kTrue : kFalse, absorbing = conjunction ? kFalse : kTrue;
  if (a == absorbing || b == absorbing) return absorbing;
  if (a == neutral || a == b) return b;
  if (b == neutral) return a;
  Expr expr{kind, 0, nullptr, {}};
  for (const ExprId part : {a, b}) {
    if (exprs_[part].kind == kind) {
      expr.parts.insert(expr.parts.end(), exprs_[part].parts.begin(), exprs_[part].parts.end());
    } else {
      expr.parts.push_back(part);
    }
  }
  std::sort(expr.parts.begin(), expr.parts.end());
  expr.parts.erase(std::unique(expr.parts.begin(), expr.parts.end()), expr.parts.end());
  for (const ExprId part : expr.parts) {  // x and not x
    const Expr& what = exprs_[part];
    if (what.kind == ExprKind::kNot && std::binary_search(expr.parts.begin(), expr.parts.end(), what.parts[0]))
      return absorbing;
  }
  if (expr.parts.size() == 1) return expr.parts[0];
  return intern(std::move(expr));
}

}  // namespace hearth
