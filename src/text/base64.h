// Base64 (RFC 4648), decoding only: charsmaps stand so in tokenizer.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// Nothing where `text` is not base64; padding may be missing.
inline std::optional<std::string> decode_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int n_bits = 0;
  for (const char c : text) {
    std::uint32_t six = 0;
    if (c >= 'A' && c <= 'Z') {
      six = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      six = static_cast<std::uint32_t>(c - 'a' + 26);
    } else if (c >= '0' && c <= '9') {
      six = static_cast<std::uint32_t>(c - '0' + 52);
    } else if (c == '+') {
      six = 62;
    } else if (c == '/') {
      six = 63;
    } else {
      return std::nullopt;
    }
    bits = (bits << 6 | six) & 0xFFFFu;
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      bytes.push_back(static_cast<char>(bits >> n_bits & 0xFFu));
    }
  }
  return bytes;
}

}  // namespace hearth
