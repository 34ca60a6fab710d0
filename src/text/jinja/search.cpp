#include "text/jinja/search.h"

#include <utility>

#include "text/jinja/runtime.h"

namespace hearth::jinja {
namespace {

constexpr std::size_t kLongestPlain = 32;

/// table[i]: how long a proper prefix of pattern[0, i] is also its suffix. `at(i)` is the pattern's i-th byte.
template <typename At>
std::vector<std::uint32_t> failure_table(std::size_t size, const At& at) {
  std::vector<std::uint32_t> table(size, 0);
  for (std::size_t i = 1, matched = 0; i < size; ++i) {
    while (matched > 0 && at(i) != at(matched)) matched = table[matched - 1];
    if (at(i) == at(matched)) ++matched;
    table[i] = static_cast<std::uint32_t>(matched);
  }
  return table;
}

/// Where the first match ends among the `size` bytes of `hay(i)`; npos where there is none.
template <typename Hay, typename At>
std::size_t match_end(std::size_t size, const Hay& hay, const std::vector<std::uint32_t>& table, const At& at) {
  std::size_t matched = 0;
  for (std::size_t i = 0; i < size; ++i) {
    while (matched > 0 && hay(i) != at(matched)) matched = table[matched - 1];
    if (hay(i) == at(matched)) ++matched;
    if (matched == table.size()) return i + 1;
  }
  return Needle::npos;
}

}  // namespace

Needle::Needle(Runtime& runtime, std::string_view text) : text_(text) {
  if (text.size() <= kLongestPlain) return;
  if (text.size() > UINT32_MAX) runtime.fail("a text to search for is too long");
  charge_ = runtime.charge(2 * text.size() * sizeof(std::uint32_t));
  runtime.touch(text.size());
  forward_ = failure_table(text.size(), [text](std::size_t i) { return text[i]; });
  backward_ = failure_table(text.size(), [text](std::size_t i) { return text[text.size() - 1 - i]; });
}

std::size_t Needle::find(std::string_view haystack, std::size_t from) const {
  if (forward_.empty()) return haystack.find(text_, from);
  if (from > haystack.size()) return npos;
  const std::string_view rest = haystack.substr(from);
  const std::size_t end = match_end(
      rest.size(), [rest](std::size_t i) { return rest[i]; }, forward_, [this](std::size_t i) { return text_[i]; });
  return end == npos ? npos : from + end - text_.size();
}

std::size_t Needle::rfind(std::string_view haystack) const {
  if (backward_.empty()) return haystack.rfind(text_);
  const std::size_t end = match_end(
      haystack.size(), [haystack](std::size_t i) { return haystack[haystack.size() - 1 - i]; }, backward_,
      [this](std::size_t i) { return text_[text_.size() - 1 - i]; });
  return end == npos ? npos : haystack.size() - end;
}

}  // namespace hearth::jinja
