// Boolean expressions over the schemas of a document: what a value at some place must satisfy. Equal expressions are
// one, so that recursion ends.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "grammar/schema/schema_document.h"

namespace hearth {

using ExprId = std::uint32_t;

enum class ExprKind { kTrue, kFalse, kSite, kLiteral, kNot, kAnd, kOr };

struct Expr {
  ExprKind kind = ExprKind::kTrue;
  SiteId site = 0;                       ///< kSite
  const json::value* literal = nullptr;  ///< kLiteral: equal to this value
  std::vector<ExprId> parts;             ///< kNot: one; kAnd, kOr: at least two, ascending
};

class ExprTable {
 public:
  static constexpr ExprId kTrue = 0, kFalse = 1;

  ExprTable();
  const Expr& operator[](ExprId id) const { return exprs_[id]; }
  std::size_t size() const { return exprs_.size(); }

  ExprId of_site(SiteId site) { return intern({ExprKind::kSite, site, nullptr, {}}); }
  /// `value` must outlive the table.
  ExprId of_literal(const json::value& value) { return intern({ExprKind::kLiteral, 0, &value, {}}); }
  ExprId negation(ExprId a);
  ExprId both(ExprId a, ExprId b) { return combine(ExprKind::kAnd, a, b); }
  ExprId either(ExprId a, ExprId b) { return combine(ExprKind::kOr, a, b); }

 private:
  ExprId combine(ExprKind kind, ExprId a, ExprId b);
  ExprId intern(Expr expr);

  std::vector<Expr> exprs_;
  std::map<std::tuple<ExprKind, SiteId, const json::value*, std::vector<ExprId>>, ExprId> known_;
};

}  // namespace hearth
