#include "cli/terminal_text.h"

#include <cstddef>

#include "base/unicode.h"

namespace hearth::cli {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kControlPictures = 0x2400;  // U+2400 + c pictures the control character c
constexpr char32_t kDeletePicture = 0x2421;

char32_t harmless(const CodePoint& c) {
  if (!c.valid) return kReplacement;
  if (c.value < 0x20) return kControlPictures + c.value;
  if (c.value == 0x7F) return kDeletePicture;
  if (c.value >= 0x80 && c.value < 0xA0) return kReplacement;  // U+009B begins a command just as ESC [ does
  return c.value;
}

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_utf8(text, i);
    if (c.value == '\n' || c.value == '\t') {
      result += static_cast<char>(c.value);
    } else {
      append_utf8(result, harmless(c));
    }
    i += c.length;
  }
  return result;
}

std::string one_line(std::string_view text) {
  std::string result = terminal_text(text);
  for (char& c : result) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return result;
}

}  // namespace hearth::cli
