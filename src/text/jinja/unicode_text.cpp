#include "text/jinja/unicode_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "base/unicode.h"

namespace hearth::jinja {
namespace {

bool is_continuation(char byte) { return (static_cast<std::uint8_t>(byte) & 0xC0) == 0x80; }

/// Where the character that ends before `end` begins.
std::size_t previous_character(std::string_view text, std::size_t end) {
  for (std::size_t back = 1; back <= 4 && back <= end; ++back) {
    if (is_continuation(text[end - back])) continue;
    return decode_utf8(text, end - back).length == back ? end - back : end - 1;
  }
  return end - 1;
}

template <typename Matches>
Text::Range trim(std::string_view text, bool left, bool right, const Matches& matches) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (left && begin < end) {
    const CodePoint c = decode_utf8(text, begin);
    if (!matches(text.substr(begin, c.length), c)) break;
    begin += c.length;
  }
  while (right && begin < end) {
    const std::size_t at = previous_character(text, end);
    if (!matches(text.substr(at, end - at), decode_utf8(text, at))) break;
    end = at;
  }
  return {begin, end};
}

}  // namespace

bool is_ascii(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) return false;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                     [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) i += decode_utf8(text, i).length;
  return count;
}

std::size_t byte_of_character(std::string_view text, std::size_t index) {
  std::size_t byte = 0;
  for (; index > 0 && byte < text.size(); --index) byte += decode_utf8(text, byte).length;
  return byte;
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  const char* kind = category(c);
  return kind[0] != 'C' && kind[0] != 'Z';
}

bool is_word(char32_t c) {
  const char* kind = category(c);
  return kind[0] == 'L' || kind[0] == 'N' || c == '_';
}

Text::Range trim_space(std::string_view text, bool left, bool right) {
  return trim(text, left, right, [](std::string_view, const CodePoint& c) { return c.valid && is_space(c.value); });
}

Text::Range trim_characters(std::string_view text, std::string_view chars, bool left, bool right) {
  std::array<bool, 256> single{};
  std::unordered_set<std::string_view> several;  // of more than one byte
  for (std::size_t i = 0; i < chars.size();) {
    const std::size_t length = decode_utf8(chars, i).length;
    if (length == 1) {
      single[static_cast<std::uint8_t>(chars[i])] = true;
    } else {
      several.insert(chars.substr(i, length));
    }
    i += length;
  }
  return trim(text, left, right, [&](std::string_view bytes, const CodePoint&) {
    return bytes.size() == 1 ? single[static_cast<std::uint8_t>(bytes[0])] : several.contains(bytes);
  });
}

std::size_t line_break_at(std::string_view text, std::size_t offset) {
  const char c = text[offset];
  if (c == '\r') return offset + 1 < text.size() && text[offset + 1] == '\n' ? 2 : 1;
  if ((c >= '\n' && c <= '\f') || (c >= 0x1C && c <= 0x1E)) return 1;
  const std::string_view rest = text.substr(offset);
  if (rest.starts_with("\xC2\x85")) return 2;
  return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ? 3 : 0;
}

}  // namespace hearth::jinja
