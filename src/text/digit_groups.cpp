#include "text/digit_groups.h"

#include "base/unicode.h"
#include "text/character_class.h"

namespace hearth {
namespace {

bool is_decimal_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  const char* name = category(c);
  return name[0] == 'N' && name[1] == 'd';
}

/// Whether there is no \b between a digit and `c`, as Oniguruma sees it.
bool joins_digits(char32_t c) {
  const bool joiner = c == 0x200C || c == 0x200D;
  const bool latin1_number = c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0xBC && c <= 0xBE);
  return latin1_number || (!joiner && is_word_character(c));
}

/// The digits from `offset` on: how many, and where they end.
struct Run {
  std::size_t count = 0;
  std::size_t end = 0;
};

Run digits_at(std::string_view text, std::size_t offset) {
  Run run{0, offset};
  while (run.end < text.size()) {
    const CodePoint c = decode_utf8(text, run.end);
    if (!is_decimal_digit(c.value)) break;
    run.end += c.length;
    ++run.count;
  }
  return run;
}

std::size_t skip_characters(std::string_view text, std::size_t offset, std::size_t n) {
  for (; n > 0; --n) offset += decode_utf8(text, offset).length;
  return offset;
}

}  // namespace

std::optional<DigitGroups> DigitGroups::for_expression(std::string_view expression) {
  if (expression == "(?=(\\d{3})+(?!\\d))") return DigitGroups(Kind::kCuts);
  if (expression == "\\d{1,3}(?=(?:\\d{3})*\\b)") return DigitGroups(Kind::kGroups);
  return std::nullopt;
}

void DigitGroups::each_match(std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) const {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (!is_decimal_digit(c.value)) {
      at += c.length;
      continue;
    }
    const Run run = digits_at(text, at);
    const bool word_goes_on = run.end < text.size() && joins_digits(decode_utf8(text, run.end).value);
    if (kind_ == Kind::kGroups && word_goes_on) {
      at = run.end;
      continue;
    }
    std::size_t n = run.count % 3;
    if (n == 0) n = 3;
    if (kind_ == Kind::kCuts) {
      if (run.count % 3 == 0) n = 0;
      for (std::size_t left = run.count; left >= 3; left -= 3) {
        at = skip_characters(text, at, n);
        found(at, at);
        n = 3;
      }
    } else {
      for (; at < run.end; n = 3) {
        const std::size_t end = skip_characters(text, at, n);
        found(at, end);
        at = end;
      }
    }
    at = run.end;
  }
}

}  // namespace hearth
