#include "text/jinja/letter_case.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "base/unicode.h"
#include "text/jinja/special_case.h"
#include "text/jinja/unicode_text.h"

namespace hearth::jinja {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kCapitalIWithDot = 0x130;

const SpecialCase* find_special(char32_t c) {
  const auto* found =
      std::lower_bound(std::begin(kSpecialCases), std::end(kSpecialCases), c,
                       [](const SpecialCase& entry, char32_t wanted) { return entry.character < wanted; });
  return found != std::end(kSpecialCases) && found->character == c ? found : nullptr;
}

void append_mapped(std::string& out, const std::array<char32_t, 3>& characters) {
  for (const char32_t c : characters) {
    if (c != 0) append_utf8(out, c);
  }
}

/// What may stand inside a word without being a letter of it: accents, apostrophes, modifiers.
bool is_case_ignorable(char32_t c) {
  if (c == '\'' || c == '.' || c == ':' || c == '^' || c == '`' || c == 0xB7 || c == 0x2019) return true;
  const std::string_view kind = category(c);
  return kind == "Mn" || kind == "Me" || kind == "Cf" || kind == "Lm" || kind == "Sk";
}

/// Whether the sigma at [at, at + 2) ends a word (Unicode's Final_Sigma).
bool is_final_sigma(std::string_view text, std::size_t at) {
  bool letter_before = false;
  for (std::size_t i = at; i > 0;) {
    do {
      --i;
    } while (i > 0 && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80);
    const char32_t c = decode_utf8(text, i).value;
    if (is_case_ignorable(c)) continue;
    letter_before = is_cased(c);
    break;
  }
  if (!letter_before) return false;
  for (std::size_t i = at + 2; i < text.size();) {
    const CodePoint c = decode_utf8(text, i);
    if (!is_case_ignorable(c.value)) return !is_cased(c.value);
    i += c.length;
  }
  return true;
}

void append_character(std::string& out, std::string_view text, std::size_t at, const CodePoint& c, LetterCase wanted) {
  if (!c.valid || wanted == LetterCase::kNone) {
    out.append(text, at, c.length);
    return;
  }
  const auto simple = static_cast<utf8proc_int32_t>(c.value);
  if (wanted == LetterCase::kLower) {
    if (c.value == kCapitalSigma && is_final_sigma(text, at)) return append_utf8(out, kFinalSigma);
    append_utf8(out, static_cast<char32_t>(utf8proc_tolower(simple)));
    if (c.value == kCapitalIWithDot) append_utf8(out, 0x307);
    return;
  }
  const SpecialCase* special = find_special(c.value);
  if (special != nullptr) return append_mapped(out, wanted == LetterCase::kUpper ? special->upper : special->title);
  append_utf8(
      out, static_cast<char32_t>(wanted == LetterCase::kUpper ? utf8proc_toupper(simple) : utf8proc_totitle(simple)));
}

char map_ascii(char c, LetterCase wanted) {
  if (wanted == LetterCase::kLower) return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return wanted != LetterCase::kNone && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// `wanted(c)` says, character by character, which case each becomes.
template <typename Wanted>
Text map_case(const Text& text, Wanted wanted) {
  const std::string_view view = text.view();
  if (is_ascii(view)) {
    std::string bytes(view);
    for (char& c : bytes) c = map_ascii(c, wanted(static_cast<unsigned char>(c)));
    return text.with_bytes(std::move(bytes));
  }
  Text out;
  std::string mapped;
  for (std::size_t i = 0; i < view.size();) {
    const CodePoint c = decode_utf8(view, i);
    mapped.clear();
    append_character(mapped, view, i, c, wanted(c.value));
    out.append(mapped, text.untrusted_at(i));
    i += c.length;
  }
  return out;
}

}  // namespace

LetterCase letter_case(char32_t c) {
  if (c < 0x80)
    return c >= 'a' && c <= 'z' ? LetterCase::kLower : c >= 'A' && c <= 'Z' ? LetterCase::kUpper : LetterCase::kNone;
  const std::string_view kind = category(c);
  if (kind == "Ll" || c == 0xAA || c == 0xBA || (c >= 0x2170 && c <= 0x217F) || (c >= 0x24D0 && c <= 0x24E9))
    return LetterCase::kLower;
  if (kind == "Lu" || (c >= 0x2160 && c <= 0x216F) || (c >= 0x24B6 && c <= 0x24CF)) return LetterCase::kUpper;
  return kind == "Lt" ? LetterCase::kTitle : LetterCase::kNone;
}

bool is_cased(char32_t c) { return letter_case(c) != LetterCase::kNone; }

Text to_lower(const Text& text) {
  return map_case(text, [](char32_t) { return LetterCase::kLower; });
}

Text to_upper(const Text& text) {
  return map_case(text, [](char32_t) { return LetterCase::kUpper; });
}

Text fold_case(const Text& text) {
  const std::string_view view = text.view();
  Text out;
  std::string mapped;
  for (std::size_t i = 0; i < view.size();) {
    const CodePoint c = decode_utf8(view, i);
    utf8proc_int32_t folded[4];
    int boundary = 0;
    const auto count = c.valid ? utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.value), folded, 4,
                                                         UTF8PROC_CASEFOLD, &boundary)
                               : 0;
    mapped.clear();
    for (utf8proc_ssize_t k = 0; k < count; ++k) append_utf8(mapped, static_cast<char32_t>(folded[k]));
    out.append(count > 0 ? std::string_view(mapped) : view.substr(i, c.length), text.untrusted_at(i));
    i += c.length;
  }
  return out;
}

Text to_title(const Text& text) {
  return map_case(text, [inside = false](char32_t c) mutable {
    const LetterCase wanted = inside ? LetterCase::kLower : LetterCase::kTitle;
    inside = is_cased(c);
    return wanted;
  });
}

Text capitalize(const Text& text) {
  return map_case(text, [first = true](char32_t) mutable {
    return std::exchange(first, false) ? LetterCase::kTitle : LetterCase::kLower;
  });
}

Text swap_case(const Text& text) {
  return map_case(text, [](char32_t c) {
    const LetterCase now = letter_case(c);
    if (now == LetterCase::kLower) return LetterCase::kUpper;
    return now == LetterCase::kUpper ? LetterCase::kLower : LetterCase::kNone;
  });
}

Text title_words(const Text& text) {
  return map_case(text, [inside = false](char32_t c) mutable {
    const bool separates = is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    const LetterCase wanted = inside && !separates ? LetterCase::kLower : LetterCase::kUpper;
    inside = !separates;
    return wanted;
  });
}

}  // namespace hearth::jinja
