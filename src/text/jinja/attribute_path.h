// The `attribute` argument of filters: "function.name", "0.id", an index, or nothing for the item itself.
#pragma once

#include <optional>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

class AttributePath {
 public:
  /// `attribute`: a str, an int, or nullptr or None for the item itself. `otherwise`: in place of what is undefined on
  /// the way.
  AttributePath(Runtime& runtime, const Value* attribute, const Value* otherwise = nullptr);
  Value operator()(Runtime& runtime, Value item) const;

 private:
  std::vector<Value> parts_;
  std::optional<Value> otherwise_;
};

/// What sort, unique, min, max and groupby compare: the attribute, in lower case unless `case_sensitive`.
class SortKey {
 public:
  SortKey(Runtime& runtime, const Value* attribute, bool case_sensitive, const Value* otherwise = nullptr)
      : path_(runtime, attribute, otherwise), case_sensitive_(case_sensitive) {}
  Value operator()(Runtime& runtime, const Value& item) const;

 private:
  AttributePath path_;
  bool case_sensitive_;
};

/// A string in lower case, anything else as it is.
Value without_case(Runtime& runtime, const Value& value);

}  // namespace hearth::jinja
