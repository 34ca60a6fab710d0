#include "grammar/string_state.h"

namespace hearth {
namespace {

int hex_value(std::uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

/// The code point of \x, or -1.
int short_escape(std::uint8_t byte) {
  switch (byte) {
    case '"':
    case '\\':
    case '/': return byte;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return -1;
  }
}

StringEvent wanted(StringState& state, std::uint8_t byte, char expected, StringState::Phase next) {
  if (byte != static_cast<std::uint8_t>(expected)) return StringEvent::kWrong;
  state.phase = next;
  return StringEvent::kNothing;
}

StringEvent step_hex(StringState& state, std::uint8_t byte, std::uint32_t& code_point) {
  const int digit = hex_value(byte);
  if (digit < 0) return StringEvent::kWrong;
  const std::uint32_t value = state.value << 4 | static_cast<std::uint32_t>(digit);
  const bool low = state.phase == StringState::kLowHex;
  if (low) {  // DC00 to DFFF: wrong digits are refused at once
    if (state.n_hex == 0 && value != 0xD) return StringEvent::kWrong;
    if (state.n_hex == 1 && value < 0xDC) return StringEvent::kWrong;
  }
  if (state.n_hex < 3) {
    // A low surrogate has nothing to complete.
    if (!low && state.n_hex == 1 && value >= 0xDC && value <= 0xDF) return StringEvent::kWrong;
    ++state.n_hex;
    state.value = value;
    return StringEvent::kNothing;
  }
  if (low) {
    code_point = 0x10000 + (state.high << 10) + (value & 0x3FF);
    state = {StringState::kBody};
    return StringEvent::kCodePoint;
  }
  if (value >= 0xD800 && value <= 0xDBFF) {
    state = {StringState::kLowBackslash, 0, 0, value & 0x3FF};
    return StringEvent::kNothing;
  }
  code_point = value;
  state = {StringState::kBody};
  return StringEvent::kCodePoint;
}

}  // namespace

StringEvent step_string(StringState& state, std::uint8_t byte, std::uint32_t& code_point) {
  switch (state.phase) {
    case StringState::kBeforeQuote: return wanted(state, byte, '"', StringState::kBody);
    case StringState::kBody:
      if (byte == '"') {
        state.phase = StringState::kClosed;
        return StringEvent::kClose;
      }
      if (byte == '\\') {
        state.phase = StringState::kEscape;
        return StringEvent::kNothing;
      }
      return byte < 0x20 ? StringEvent::kWrong : StringEvent::kByte;
    case StringState::kEscape: {
      if (byte == 'u') {
        state.phase = StringState::kHex;
        return StringEvent::kNothing;
      }
      const int value = short_escape(byte);
      if (value < 0) return StringEvent::kWrong;
      code_point = static_cast<std::uint32_t>(value);
      state.phase = StringState::kBody;
      return StringEvent::kCodePoint;
    }
    case StringState::kHex:
    case StringState::kLowHex: return step_hex(state, byte, code_point);
    case StringState::kLowBackslash: return wanted(state, byte, '\\', StringState::kLowU);
    case StringState::kLowU: return wanted(state, byte, 'u', StringState::kLowHex);
    case StringState::kClosed: break;
  }
  return StringEvent::kWrong;
}

std::array<EscapedRange, 2> code_points_ahead(const StringState& state) {
  constexpr EscapedRange kNone = {1, 0};
  constexpr std::uint32_t kLastLow = 0x3FF;
  const std::uint32_t pair_base = 0x10000 + (state.high << 10);
  const std::uint32_t missing = 4 * (4 - state.n_hex);
  const std::uint32_t first = state.value << missing, last = first | ((1U << missing) - 1);
  switch (state.phase) {
    case StringState::kEscape: return {EscapedRange{0, 0xD7FF}, EscapedRange{0xE000, 0x10FFFF}};
    case StringState::kLowBackslash:
    case StringState::kLowU: return {EscapedRange{pair_base, pair_base + kLastLow}, kNone};
    case StringState::kLowHex:
      if (state.n_hex < 2) return {EscapedRange{pair_base, pair_base + kLastLow}, kNone};
      return {EscapedRange{pair_base + (first & kLastLow), pair_base + (last & kLastLow)}, kNone};
    default: break;
  }
  if (state.n_hex == 0) return {EscapedRange{0, 0xD7FF}, EscapedRange{0xE000, 0x10FFFF}};
  if (first == 0xD000 && last == 0xDFFF) return {EscapedRange{0xD000, 0xD7FF}, EscapedRange{0x10000, 0x10FFFF}};
  if (first >= 0xD800 && last <= 0xDBFF) {  // a high surrogate
    return {EscapedRange{0x10000 + ((first & kLastLow) << 10), 0x10000 + ((last & kLastLow) << 10) + kLastLow}, kNone};
  }
  return {EscapedRange{first, last}, kNone};
}

}  // namespace hearth
