#include "text/byte_alphabet.h"

#include <array>

#include "base/unicode.h"

namespace hearth {
namespace {

constexpr char32_t kFirstSubstitute = 0x100;
constexpr char32_t kAlphabetEnd = kFirstSubstitute + 68;  // 68 of the 256 bytes are not printable in Latin-1

constexpr bool is_printable_latin1(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

struct Alphabet {
  std::array<std::array<char, 2>, 256> text{};
  std::array<std::uint8_t, 256> length{};
  std::array<std::int16_t, kAlphabetEnd> byte{};
};

constexpr Alphabet make_alphabet() {
  Alphabet a;
  for (auto& byte : a.byte) byte = -1;
  char32_t substitute = kFirstSubstitute;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char32_t c = is_printable_latin1(byte) ? static_cast<char32_t>(byte) : substitute++;
    a.byte[c] = static_cast<std::int16_t>(byte);
    if (c < 0x80) {
      a.text[byte][0] = static_cast<char>(c);
      a.length[byte] = 1;
    } else {
      a.text[byte][0] = static_cast<char>(0xC0 | c >> 6);
      a.text[byte][1] = static_cast<char>(0x80 | (c & 0x3F));
      a.length[byte] = 2;
    }
  }
  return a;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

void append_byte_alphabet(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out.append(kAlphabet.text[byte].data(), kAlphabet.length[byte]);
  }
}

std::optional<std::uint8_t> byte_of_alphabet(char32_t c) {
  if (c >= kAlphabetEnd || kAlphabet.byte[c] < 0) return std::nullopt;
  return static_cast<std::uint8_t>(kAlphabet.byte[c]);
}

std::optional<std::string> bytes_of_alphabet(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_utf8(text, i);
    const auto byte = c.valid ? byte_of_alphabet(c.value) : std::nullopt;
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<char>(*byte));
    i += c.length;
  }
  return bytes;
}

}  // namespace hearth
