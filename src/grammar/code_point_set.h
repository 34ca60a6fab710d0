// A set of Unicode code points as ranges; surrogates are in none, as no UTF-8 text can hold them.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace hearth {

struct CodePointRange {
  char32_t first, last;
  auto operator<=>(const CodePointRange&) const = default;
};

class CodePointSet {
 public:
  CodePointSet() = default;
  /// In any order, overlapping or not; what is beyond U+10FFFF must not be given.
  explicit CodePointSet(std::vector<CodePointRange> ranges);
  static CodePointSet of(char32_t code_point) { return CodePointSet({{code_point, code_point}}); }
  static const CodePointSet& all();

  bool empty() const { return ranges_.empty(); }
  bool contains(char32_t code_point) const;
  /// Ascending and apart.
  std::span<const CodePointRange> ranges() const { return ranges_; }
  CodePointSet complement() const;

  auto operator<=>(const CodePointSet&) const = default;

 private:
  std::vector<CodePointRange> ranges_;
};

}  // namespace hearth
