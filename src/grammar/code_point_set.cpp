#include "grammar/code_point_set.h"

#include <algorithm>
#include <utility>

namespace hearth {

namespace {

constexpr char32_t kFirstSurrogate = 0xD800;
constexpr char32_t kLastSurrogate = 0xDFFF;
constexpr char32_t kLastCodePoint = 0x10FFFF;

}  // namespace

CodePointSet::CodePointSet(std::vector<CodePointRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  const auto add = [this](char32_t first, char32_t last) {
    if (first > last) return;
    if (!ranges_.empty() && first <= ranges_.back().last + 1) {
      ranges_.back().last = std::max(ranges_.back().last, last);
    } else {
      ranges_.push_back({first, last});
    }
  };
  for (const auto& [first, last] : ranges) {
    add(first, std::min<char32_t>(last, kFirstSurrogate - 1));
    add(std::max<char32_t>(first, kLastSurrogate + 1), last);
  }
}

const CodePointSet& CodePointSet::all() {
  static const CodePointSet set({{0, kLastCodePoint}});
  return set;
}

bool CodePointSet::contains(char32_t code_point) const {
  const auto found = std::partition_point(
      ranges_.begin(), ranges_.end(), [code_point](const CodePointRange& range) { return range.last < code_point; });
  return found != ranges_.end() && found->first <= code_point;
}

CodePointSet CodePointSet::complement() const {
  std::vector<CodePointRange> rest;
  char32_t next = 0;
  for (const auto& [first, last] : ranges_) {
    if (first > next) rest.push_back({next, first - 1});
    next = last + 1;
  }
  if (next <= kLastCodePoint) rest.push_back({next, kLastCodePoint});
  return CodePointSet(std::move(rest));
}

}  // namespace hearth
