#include "grammar/regex_escape.h"

#include <string>
#include <utility>
#include <vector>

#include "grammar/unicode_property.h"

namespace hearth {

namespace {

const CodePointSet& digits() {
  static const CodePointSet set({{'0', '9'}});
  return set;
}

const CodePointSet& word_characters() {
  static const CodePointSet set({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}});
  return set;
}

/// ECMA-262's WhiteSpace and LineTerminator.
const CodePointSet& white_space() {
  static const CodePointSet set({{'\t', '\r'},
                                 {' ', ' '},
                                 {0xA0, 0xA0},
                                 {0x1680, 0x1680},
                                 {0x2000, 0x200A},
                                 {0x2028, 0x2029},
                                 {0x202F, 0x202F},
                                 {0x205F, 0x205F},
                                 {0x3000, 0x3000},
                                 {0xFEFF, 0xFEFF}});
  return set;
}

bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }

std::optional<char32_t> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<char32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<char32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<char32_t>(c - 'A' + 10);
  return std::nullopt;
}

/// Exactly `n` hexadecimal digits; nothing is taken when they are not there.
std::optional<char32_t> take_hex(RegexScanner& scanner, std::size_t n) {
  char32_t value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto digit = hex_value(scanner.peek(i));
    if (!digit) return std::nullopt;
    value = value * 16 + *digit;
  }
  scanner.skip(n);
  return value;
}

/// After "\u". A lone surrogate stays one, and so matches nothing.
char32_t parse_unicode_escape(RegexScanner& scanner, std::size_t begin) {
  if (scanner.take("{")) {
    char32_t value = 0;
    bool any = false;
    while (const auto digit = hex_value(scanner.peek())) {
      value = value * 16 + *digit;
      if (value > 0x10FFFF) scanner.fail_syntax(begin, "there is no character beyond \\u{10FFFF}");
      scanner.skip(1);
      any = true;
    }
    if (!any || !scanner.take("}")) scanner.fail_syntax(begin, "\\u{ wants hexadecimal digits and }");
    return value;
  }
  const auto high = take_hex(scanner, 4);
  if (!high) scanner.fail_syntax(begin, "\\u wants four hexadecimal digits");
  if (*high < 0xD800 || *high > 0xDBFF || !scanner.next_is("\\u")) return *high;
  const std::size_t after_high = scanner.offset();
  scanner.skip(2);
  const auto low = take_hex(scanner, 4);
  if (low && *low >= 0xDC00 && *low <= 0xDFFF) return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
  scanner.rewind(after_high);
  return *high;
}

CodePointSet parse_property(RegexScanner& scanner, std::size_t begin, bool negated) {
  if (!scanner.take("{")) scanner.fail_syntax(begin, "\\p wants a property in braces, as \\p{L}");
  const auto name = scanner.take_until('}');
  if (!name) scanner.fail_syntax(begin, "\\p{ is not closed");
  const CodePointSet* property = unicode_property(*name);
  if (property == nullptr) scanner.refuse(begin, "the Unicode property " + quote(*name));
  return negated ? property->complement() : *property;
}

struct Escape {
  std::optional<char32_t> character;  // nothing when it is a set
  CodePointSet set;
};

Escape character(char32_t c) { return {c, {}}; }

/// After "\": everything that means the same in brackets and outside.
Escape parse_common_escape(RegexScanner& scanner) {
  const std::size_t begin = scanner.offset() - 1;
  if (scanner.at_end()) scanner.fail_syntax(begin, "a backslash at the end");
  const char32_t c = scanner.take_character();
  switch (c) {
    case 'd': return {std::nullopt, digits()};
    case 'D': return {std::nullopt, digits().complement()};
    case 'w': return {std::nullopt, word_characters()};
    case 'W': return {std::nullopt, word_characters().complement()};
    case 's': return {std::nullopt, white_space()};
    case 'S': return {std::nullopt, white_space().complement()};
    case 'p': return {std::nullopt, parse_property(scanner, begin, false)};
    case 'P': return {std::nullopt, parse_property(scanner, begin, true)};
    case 't': return character('\t');
    case 'n': return character('\n');
    case 'v': return character('\v');
    case 'f': return character('\f');
    case 'r': return character('\r');
    case 'u': return character(parse_unicode_escape(scanner, begin));
    case 'x':
      if (const auto value = take_hex(scanner, 2)) return character(*value);
      scanner.fail_syntax(begin, "\\x wants two hexadecimal digits");
    case 'c': {
      const char letter = scanner.peek();
      if (!is_ascii_letter(static_cast<unsigned char>(letter))) scanner.fail_syntax(begin, "\\c wants a letter");
      scanner.skip(1);
      return character(static_cast<unsigned char>(letter) & 31U);
    }
    case '0':
      if (is_ascii_digit(static_cast<unsigned char>(scanner.peek()))) scanner.refuse(begin, "an octal escape");
      return character(0);
    default: break;
  }
  if (is_ascii_letter(c) || is_ascii_digit(c)) {
    scanner.fail_syntax(begin, "there is no escape " + quote(scanner.since(begin)));
  }
  return character(c);
}

}  // namespace

const CodePointSet& regex_dot() {
  static const CodePointSet set = CodePointSet({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}).complement();
  return set;
}

CodePointSet parse_escape(RegexScanner& scanner) {
  const char c = scanner.peek();
  const std::size_t begin = scanner.offset() - 1;
  if (c == 'b' || c == 'B') scanner.refuse(begin, std::string("the word boundary \\") + c);
  if (c == 'k' || (c >= '1' && c <= '9')) scanner.refuse(begin, std::string("the back-reference \\") + c);
  Escape escape = parse_common_escape(scanner);
  return escape.character ? CodePointSet::of(*escape.character) : std::move(escape.set);
}

CodePointSet parse_character_class(RegexScanner& scanner) {
  const std::size_t begin = scanner.offset() - 1;
  const bool negated = scanner.take("^");
  std::vector<CodePointRange> ranges;
  const auto take_one = [&]() -> std::optional<char32_t> {
    if (!scanner.take("\\")) return scanner.take_character();
    if (scanner.take("b")) return U'\b';
    const Escape escape = parse_common_escape(scanner);
    if (!escape.character) ranges.insert(ranges.end(), escape.set.ranges().begin(), escape.set.ranges().end());
    return escape.character;
  };
  while (!scanner.take("]")) {
    if (scanner.at_end()) scanner.fail_syntax(begin, "[ is not closed");
    const std::size_t at = scanner.offset();
    const auto first = take_one();
    if (scanner.next_is("-]") || !scanner.take("-")) {
      if (first) ranges.push_back({*first, *first});
      continue;
    }
    if (scanner.at_end()) scanner.fail_syntax(begin, "[ is not closed");
    const auto last = take_one();
    if (first && last) {
      if (*first > *last) scanner.fail_syntax(at, "the range " + quote(scanner.since(at)) + " is backwards");
      ranges.push_back({*first, *last});
    } else {
      // "\w-x" is no range: ECMA-262 (annex B) takes the hyphen as a character.
      ranges.push_back({'-', '-'});
      if (first) ranges.push_back({*first, *first});
      if (last) ranges.push_back({*last, *last});
    }
  }
  CodePointSet set(std::move(ranges));
  return negated ? set.complement() : set;
}

}  // namespace hearth
