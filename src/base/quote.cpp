#include "base/quote.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/unicode.h"

namespace hearth {
namespace {

/// Categories C* (control, format, surrogate, private, unassigned) and the line and paragraph separators.
bool is_printable(char32_t c) {
  const std::string_view name = category(c);
  return name[0] != 'C' && name != "Zl" && name != "Zp";
}

}  // namespace

std::string quote(std::string_view text, std::size_t max_bytes) {
  std::string out = "'";
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_utf8(text, i);
    if (i + c.length > max_bytes) {
      out += "…";
      break;
    }
    if (!c.valid) {
      out += fmt::format("\\x{:02X}", static_cast<std::uint8_t>(text[i]));
    } else if (!is_printable(c.value)) {
      out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(c.value));
    } else {
      out.append(text, i, c.length);
    }
    i += c.length;
  }
  return out + "'";
}

}  // namespace hearth
