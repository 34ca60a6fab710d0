#include "text/precompiled_charsmap.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cstring>

#include "base/unicode.h"
#include "hearth/error.h"

namespace hearth {
namespace {

// A unit of Darts (http://chasen.org/~taku/software/darts/, the clone in SentencePiece): offset in bits 10 to 30,
// shifted by eight where bit 9 is set; label in bits 0 to 7; bit 8 says that a value hangs below; a value unit has bit
// 31 set.
std::uint32_t offset_of(std::uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); }
std::uint32_t label_of(std::uint32_t unit) { return unit & ((1u << 31) | 0xFFu); }
bool has_value(std::uint32_t unit) { return ((unit >> 8) & 1u) != 0; }
std::uint32_t value_of(std::uint32_t unit) { return unit & ((1u << 31) - 1); }

std::uint32_t read_u32(const char* bytes) {
  const auto at = [bytes](int i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])); };
  return at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24;
}

}  // namespace

PrecompiledCharsmap::PrecompiledCharsmap(std::string_view blob, const std::string& where) {
  if (blob.size() < 4) throw Error(ErrorCode::kCorruptData, fmt::format("{}: {} bytes are no map", where, blob.size()));
  const std::uint32_t trie_bytes = read_u32(blob.data());
  if (trie_bytes % 4 != 0 || trie_bytes == 0 || trie_bytes > blob.size() - 4) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: the trie's length is {}, the whole map has {} bytes", where, trie_bytes, blob.size()));
  }
  units_.resize(trie_bytes / 4);
  for (std::size_t i = 0; i < units_.size(); ++i) units_[i] = read_u32(blob.data() + 4 + 4 * i);
  replacements_ = blob.substr(4 + std::size_t{trie_bytes});
}

std::optional<PrecompiledCharsmap::Match> PrecompiledCharsmap::find(std::string_view text, bool first_only) const {
  std::optional<Match> best;
  std::size_t node = offset_of(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    node ^= byte;
    if (byte == 0 || node >= units_.size() || label_of(units_[node]) != byte) break;
    const bool complete = has_value(units_[node]);
    node ^= offset_of(units_[node]);
    if (!complete) continue;
    if (node >= units_.size()) break;
    const std::size_t begin = value_of(units_[node]);
    const std::size_t end = begin < replacements_.size() ? replacements_.find('\0', begin) : std::string::npos;
    if (end == std::string::npos) break;
    best = Match{i + 1, std::string_view(replacements_).substr(begin, end - begin)};
    if (first_only) break;
  }
  return best;
}

void PrecompiledNormalizer::apply(NormalizedText& text) const {
  constexpr std::size_t kLongestCluster = 5;
  const std::string_view in = text.text;
  TextRewriter rewriter(text);
  for (std::size_t i = 0; i < in.size();) {
    const CodePoint first = decode_utf8(in, i);
    std::size_t end = i + first.length;
    utf8proc_int32_t state = 0;
    auto previous = static_cast<utf8proc_int32_t>(first.value);
    while (first.valid && end < in.size()) {
      const CodePoint next = decode_utf8(in, end);
      const auto value = static_cast<utf8proc_int32_t>(next.value);
      if (!next.valid || utf8proc_grapheme_break_stateful(previous, value, &state)) break;
      previous = value;
      end += next.length;
    }
    const auto whole = end - i <= kLongestCluster ? map_.shortest(in.substr(i, end - i)) : std::nullopt;
    if (whole) {
      rewriter.replace(i, end, whole->replacement);
      i = end;
      continue;
    }
    while (i < end) {
      const CodePoint c = decode_utf8(in, i);
      const auto single = map_.shortest(in.substr(i, c.length));
      if (single) {
        rewriter.replace(i, i + c.length, single->replacement);
      } else {
        rewriter.keep(i, i + c.length);
      }
      i += c.length;
    }
  }
  rewriter.finish();
}

}  // namespace hearth
