#include "text/overlong_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace hearth {
namespace {

constexpr std::size_t kCounted = std::size_t{64} << 10;
constexpr std::size_t kBytesAToken = 16;  // three times what a token of English has
constexpr std::size_t kGrowth = 4;        // all attempts together cost a third more than the last

/// What follows a cut may join tokens before it, or make one unknown token of a word that is too long. It does not
/// halve the number of them.
constexpr std::int64_t kDoubt = 2;

std::size_t first_bytes(std::int64_t most) {
  const auto tokens = static_cast<std::size_t>(std::max<std::int64_t>(0, most));
  if (tokens > std::size_t(-1) / kBytesAToken / kGrowth) return std::size_t(-1);
  return std::max(kCounted, tokens * kBytesAToken);
}

/// Not in the middle of a character.
std::size_t whole_characters(std::string_view text, std::size_t bytes) {
  constexpr std::size_t kMostTrailing = 3;
  const auto is_trailing = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  std::size_t end = bytes;
  while (end > 0 && bytes - end < kMostTrailing && is_trailing(end)) --end;
  return end > 0 && !is_trailing(end) ? end : bytes;
}

}  // namespace

std::optional<OverlongText> find_overlong(const Tokenizer& tokenizer, std::string_view text,
                                          const EncodeOptions& options, std::int64_t most) {
  std::size_t bytes = first_bytes(most);
  while (bytes < text.size()) {
    const std::size_t end = whole_characters(text, bytes);
    std::vector<std::pair<std::size_t, std::size_t>> untrusted;
    for (const auto& [from, to] : options.untrusted) {
      if (from < end) untrusted.emplace_back(from, std::min(to, end));
    }
    EncodeOptions of_beginning = options;
    of_beginning.untrusted = untrusted;
    const auto tokens = static_cast<std::int64_t>(tokenizer.encode(text.substr(0, end), of_beginning).size());
    if (tokens / kDoubt > std::max<std::int64_t>(0, most)) return OverlongText{tokens / kDoubt, end};
    bytes *= std::min(kGrowth, text.size() / bytes + 1);  // which cannot overflow
  }
  return std::nullopt;
}

}  // namespace hearth
