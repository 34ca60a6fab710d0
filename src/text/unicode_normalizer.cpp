// NFC, NFD, NFKC and NFKD of any text in linear time: it is cut where nothing can combine across, and each part is
// normalised alone.
#include <utf8proc.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/unicode.h"
#include "text/normalizer.h"

namespace hearth {
namespace {

bool decomposes(NormalForm form) { return form == NormalForm::kNfd || form == NormalForm::kNfkd; }
bool is_compatible(NormalForm form) { return form == NormalForm::kNfkc || form == NormalForm::kNfkd; }

int combining_class(char32_t c) {
  return c < 0x300 ? 0 : utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

/// Whether a normalised text can be cut before `c`: its decomposition begins with a character that never joins the one
/// before.
bool starts_part(char32_t c, NormalForm form) {
  if (c < 0x300) return true;
  utf8proc_int32_t first[32] = {};
  int boundclass = 0;
  const int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (is_compatible(form) ? UTF8PROC_COMPAT : 0);
  const utf8proc_ssize_t n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), first, 32,
                                                     static_cast<utf8proc_option_t>(options), &boundclass);
  if (n <= 0) return true;
  const auto begin = static_cast<char32_t>(first[0]);
  const bool jamo_vowel_or_final = begin >= 0x1160 && begin <= 0x11FF;
  return !jamo_vowel_or_final && category(begin)[0] != 'M';
}

/// Whether a character that stands alone is its own normal form.
bool is_stable_alone(char32_t c, NormalForm form) {
  if (c < 0x80) return true;
  const bool hangul_syllable = c >= 0xAC00 && c <= 0xD7A3;
  if (hangul_syllable) return !decomposes(form);
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->decomp_seqindex == UINT16_MAX;
}

/// Puts long runs of marks into canonical order, which utf8proc would do in quadratic time.
std::string sort_marks(std::string_view part) {
  std::vector<std::pair<int, char32_t>> run;
  std::string out;
  const auto flush = [&] {
    std::stable_sort(run.begin(), run.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [ignored, c] : run) append_utf8(out, c);
    run.clear();
  };
  for (std::size_t i = 0; i < part.size();) {
    const CodePoint c = decode_utf8(part, i);
    const int rank = combining_class(c.value);
    if (rank == 0) {
      flush();
      append_utf8(out, c.value);
    } else {
      run.emplace_back(rank, c.value);
    }
    i += c.length;
  }
  flush();
  return out;
}

constexpr std::size_t kLongPart = 256;

}  // namespace

void UnicodeNormalizer::apply(NormalizedText& text) const {
  const std::string_view in = text.text;
  TextRewriter rewriter(text);
  std::size_t kept_from = 0;
  bool changed = false;
  for (std::size_t i = 0; i < in.size();) {
    const CodePoint c = decode_utf8(in, i);
    std::size_t end = i + c.length;
    std::size_t characters = 1;
    while (c.valid && end < in.size()) {
      const CodePoint next = decode_utf8(in, end);
      if (!next.valid || starts_part(next.value, form_)) break;
      end += next.length;
      ++characters;
    }
    if (c.valid && (characters > 1 || !is_stable_alone(c.value, form_))) {
      const std::string_view part = in.substr(i, end - i);
      const std::string normal = part.size() > kLongPart ? normalize(sort_marks(part), form_) : normalize(part, form_);
      if (normal != part) {
        rewriter.keep(kept_from, i);
        rewriter.replace(i, end, normal);
        kept_from = end;
        changed = true;
      }
    }
    i = end;
  }
  if (!changed) return;
  rewriter.keep(kept_from, in.size());
  rewriter.finish();
}

}  // namespace hearth
