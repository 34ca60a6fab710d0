// Reading one JSON string byte by byte: quotes, escapes and surrogate pairs, so that an automaton over the decoded text
// sees decoded UTF-8 only.
#pragma once

#include <array>
#include <cstdint>

namespace hearth {

/// Where in a JSON string a reader is. Packed, so that states compare and hash as one number.
struct StringState {
  enum Phase : std::uint32_t {
    kBeforeQuote,
    kBody,
    kEscape,        ///< behind a backslash
    kHex,           ///< in \uXXXX: `n_hex` digits read, their value in `value`
    kLowBackslash,  ///< a high surrogate stands in `high`; its other half must follow
    kLowU,
    kLowHex,
    kClosed  ///< behind the closing quote
  };
  Phase phase = kBeforeQuote;
  std::uint32_t n_hex = 0;
  std::uint32_t value = 0;
  std::uint32_t high = 0;  ///< ten bits

  std::uint32_t packed() const { return phase | n_hex << 3 | value << 6 | high << 22; }
  static StringState unpack(std::uint32_t bits) {
    return {static_cast<Phase>(bits & 7), bits >> 3 & 7, bits >> 6 & 0xFFFF, bits >> 22};
  }
};

/// What a byte does.
enum class StringEvent {
  kWrong,      ///< no JSON string goes on like this
  kNothing,    ///< the state has moved
  kByte,       ///< it stands for itself: a byte of the decoded text
  kCodePoint,  ///< an escape is complete: `code_point` belongs to the decoded text
  kClose       ///< the string is complete
};

/// Moves the state. REQUIRES: not closed.
StringEvent step_string(StringState& state, std::uint8_t byte, std::uint32_t& code_point);

/// Code points from `first` to `last` (inclusive).
struct EscapedRange {
  std::uint32_t first, last;
  bool empty() const { return first > last; }
};
/// What the escape that is being read can still become, as two ranges. In the phases from kEscape to kLowHex.
std::array<EscapedRange, 2> code_points_ahead(const StringState& state);

}  // namespace hearth
