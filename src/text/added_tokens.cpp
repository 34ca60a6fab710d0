#include "text/added_tokens.h"

#include <algorithm>

#include "base/unicode.h"
#include "text/character_class.h"

namespace hearth {
namespace {

std::size_t previous_character(std::string_view text, std::size_t offset) {
  std::size_t start = offset - 1;
  while (start > 0 && offset - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  const CodePoint c = decode_utf8(text, start);
  return c.valid && start + c.length == offset ? start : offset - 1;
}

bool is_word_before(std::string_view text, std::size_t offset) {
  if (offset == 0) return false;
  const CodePoint c = decode_utf8(text, previous_character(text, offset));
  return c.valid && is_word_character(c.value);
}

bool is_word_after(std::string_view text, std::size_t offset) {
  if (offset == text.size()) return false;
  const CodePoint c = decode_utf8(text, offset);
  return c.valid && is_word_character(c.value);
}

std::size_t skip_space_back(std::string_view text, std::size_t offset, std::size_t floor) {
  while (offset > floor) {
    const std::size_t start = previous_character(text, offset);
    const CodePoint c = decode_utf8(text, start);
    if (!c.valid || !is_white_space(c.value)) break;
    offset = start;
  }
  return std::max(offset, floor);
}

std::size_t skip_space(std::string_view text, std::size_t offset) {
  while (offset < text.size()) {
    const CodePoint c = decode_utf8(text, offset);
    if (!c.valid || !is_white_space(c.value)) break;
    offset += c.length;
  }
  return offset;
}

bool overlaps(std::span<const std::pair<std::size_t, std::size_t>> ranges, std::size_t begin, std::size_t end) {
  const auto first =
      std::partition_point(ranges.begin(), ranges.end(), [begin](const auto& r) { return r.second <= begin; });
  return first != ranges.end() && first->first < end;
}

}  // namespace

AddedTokenSet::AddedTokenSet(std::vector<AddedToken> tokens, const std::vector<std::string>& patterns)
    : tokens_(std::move(tokens)) {
  std::vector<std::pair<std::string_view, std::int32_t>> entries;
  for (std::size_t i = tokens_.size(); i-- > 0;) {  // of equal patterns the trie takes the last, and the first is meant
    entries.emplace_back(patterns[i], static_cast<std::int32_t>(i));
    has_special_ = has_special_ || tokens_[i].special;
  }
  trie_ = ByteTrie(std::move(entries));
}

std::vector<Section> AddedTokenSet::cut(std::string_view text, bool parse_special,
                                        const std::function<bool(std::size_t, std::size_t)>& allows_special) const {
  std::vector<Section> sections;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (!trie_.may_start(static_cast<std::uint8_t>(text[i]))) {
      ++i;
      continue;
    }
    const ByteTrie::Match match = trie_.longest_prefix(text.substr(i));
    if (match.length == 0) {
      ++i;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(match.value)];
    std::size_t begin = i;
    std::size_t end = i + match.length;
    if (token.special && parse_special && !allows_special(begin, end)) {
      ++i;  // a control token that is meant may begin inside one that is not
      continue;
    }
    i = end;
    if (token.special && !parse_special) continue;
    if (token.single_word && (is_word_before(text, begin) || is_word_after(text, end))) continue;
    // White space that the token before has taken is its own no more where another token is made of it.
    if (token.lstrip) begin = std::max(skip_space_back(text, begin, std::min(done, begin)), done);
    if (token.rstrip) end = skip_space(text, end);
    if (begin >= end) continue;
    if (done < begin) sections.push_back({Section::kText, done, begin});
    sections.push_back({token.id, begin, end});
    done = end;
  }
  if (done < text.size()) sections.push_back({Section::kText, done, text.size()});
  return sections;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer) : normalizer_(normalizer) {
  std::vector<AddedToken> plain;
  std::vector<AddedToken> normalized;
  // Where two are looked for by the same pattern, the special one is meant.
  std::stable_partition(tokens.begin(), tokens.end(), [](const AddedToken& token) { return token.special; });
  for (AddedToken& token : tokens) (token.normalized ? normalized : plain).push_back(std::move(token));
  std::vector<std::string> patterns;
  patterns.reserve(std::max(plain.size(), normalized.size()));
  for (const AddedToken& token : plain) patterns.push_back(token.content);
  plain_ = AddedTokenSet(std::move(plain), patterns);
  patterns.clear();
  for (const AddedToken& token : normalized) {
    NormalizedText pattern(token.content, false);
    if (normalizer_ != nullptr) normalizer_->apply(pattern);
    patterns.push_back(std::move(pattern.text));
  }
  normalized_ = AddedTokenSet(std::move(normalized), patterns);
}

void AddedTokens::split(std::string_view text, const EncodeOptions& options,
                        const std::function<void(Part&&)>& found) const {
  const auto allows = [&options](std::size_t begin, std::size_t end) {
    return !overlaps(options.untrusted, begin, end);
  };
  if (plain_.empty()) return split_normalized(text, 0, options, found);
  for (const Section& section : plain_.cut(text, options.parse_special, allows)) {
    if (section.id != Section::kText) {
      found({section.id, {}, false});
    } else {
      split_normalized(text.substr(section.begin, section.end - section.begin), section.begin, options, found);
    }
  }
}

void AddedTokens::split_normalized(std::string_view text, std::size_t offset, const EncodeOptions& options,
                                   const std::function<void(Part&&)>& found) const {
  if (text.empty()) return;
  const bool must_track = !options.untrusted.empty() && options.parse_special && normalized_.has_special();
  NormalizedText normal(text, must_track);
  if (normalizer_ != nullptr) normalizer_->apply(normal);
  const bool at_start = offset == 0 && normal.keeps_start;
  if (normalized_.empty()) {
    if (!normal.text.empty()) found({Section::kText, std::move(normal.text), at_start});
    return;
  }
  const auto allows = [&](std::size_t begin, std::size_t end) {
    if (!must_track) return true;
    const SourceRange source = normal.source_of(begin, end);
    return !overlaps(options.untrusted, offset + source.begin, offset + source.end);
  };
  for (const Section& section : normalized_.cut(normal.text, options.parse_special, allows)) {
    if (section.id != Section::kText) {
      found({section.id, {}, false});
    } else {
      found({Section::kText, normal.text.substr(section.begin, section.end - section.begin),
             at_start && section.begin == 0});
    }
  }
}

}  // namespace hearth
