#include "text/normalizer.h"

#include <string>

#include "text/byte_alphabet.h"
#include "text/character_class.h"
#include "text/lowercase.h"

namespace hearth {
namespace {

/// Replaces each character by what `map` appends for it; it returns false to keep the character. Invalid bytes are
/// kept.
template <typename Map>
void rewrite_characters(NormalizedText& text, Map map) {
  TextRewriter rewriter(text);
  std::string with;
  const std::string_view in = text.text;
  std::size_t kept_from = 0;
  for (std::size_t i = 0; i < in.size();) {
    const CodePoint c = decode_utf8(in, i);
    with.clear();
    if (c.valid && map(c.value, with)) {
      rewriter.keep(kept_from, i);
      rewriter.replace(i, i + c.length, with);
      kept_from = i + c.length;
    }
    i += c.length;
  }
  if (kept_from == 0) return;
  rewriter.keep(kept_from, in.size());
  rewriter.finish();
}

}  // namespace

void NormalizerSequence::apply(NormalizedText& text) const {
  for (const auto& step : steps_) step->apply(text);
}

void PrependNormalizer::apply(NormalizedText& text) const {
  if (text.text.empty()) return;
  TextRewriter rewriter(text);
  rewriter.replace(0, 0, prefix_);
  rewriter.keep(0, text.text.size());
  rewriter.finish();
}

void ReplaceNormalizer::apply(NormalizedText& text) const {
  TextRewriter rewriter(text);
  std::size_t kept_from = 0;
  bool any = false;
  pattern_.each_match(text.text, [&](std::size_t begin, std::size_t end) {
    rewriter.keep(kept_from, begin);
    rewriter.replace(begin, end, with_);
    kept_from = end;
    any = true;
  });
  if (!any) return;
  rewriter.keep(kept_from, text.text.size());
  rewriter.finish();
}

void LowercaseNormalizer::apply(NormalizedText& text) const {
  rewrite_characters(text, [](char32_t c, std::string& with) { return append_lowercase_if_different(with, c); });
}

void StripNormalizer::apply(NormalizedText& text) const {
  const std::string_view in = text.text;
  std::size_t begin = 0;
  std::size_t end = in.size();
  while (left_ && begin < end) {
    const CodePoint c = decode_utf8(in, begin);
    if (!c.valid || !is_white_space(c.value)) break;
    begin += c.length;
  }
  while (right_ && end > begin) {
    std::size_t start = end - 1;
    while (start > begin && (static_cast<unsigned char>(in[start]) & 0xC0) == 0x80) --start;
    const CodePoint c = decode_utf8(in, start);
    if (!c.valid || start + c.length != end || !is_white_space(c.value)) break;
    end = start;
  }
  if (begin == 0 && end == in.size()) return;
  TextRewriter rewriter(text);
  rewriter.keep(begin, end);
  rewriter.finish();
}

void StripAccentsNormalizer::apply(NormalizedText& text) const {
  rewrite_characters(text, [](char32_t c, std::string&) { return is_mark(c); });
}

void NmtNormalizer::apply(NormalizedText& text) const {
  rewrite_characters(text, [](char32_t c, std::string& with) {
    if ((c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F)
      return true;
    const bool space = c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
                       (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
                       c == 0xFFFD;
    if (space) with = ' ';
    return space;
  });
}

void ByteLevelNormalizer::apply(NormalizedText& text) const {
  TextRewriter rewriter(text);
  std::string with;
  for (std::size_t i = 0; i < text.text.size(); ++i) {
    with.clear();
    append_byte_alphabet(with, std::string_view(text.text).substr(i, 1));
    rewriter.replace(i, i + 1, with);
  }
  rewriter.finish();
}

}  // namespace hearth
