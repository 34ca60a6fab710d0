// GPT-2's way to write any bytes as printable text: each byte is one character, printable Latin-1 as itself, the rest
// from U+0100 on (Radford et al. 2019, bytes_to_unicode in openai/gpt-2, encoder.py).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// Appends the characters that stand for `bytes` (any bytes; a space becomes "Ġ").
void append_byte_alphabet(std::string& out, std::string_view bytes);

/// The byte that `c` stands for, or nothing where it stands for none.
std::optional<std::uint8_t> byte_of_alphabet(char32_t c);

/// The bytes that `text` stands for, or nothing where one of its characters stands for none.
std::optional<std::string> bytes_of_alphabet(std::string_view text);

}  // namespace hearth
