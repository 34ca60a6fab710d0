#include "grammar/string_state.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/json.h"
#include "base/unicode.h"
#include "grammar/machine.h"
#include "hearth/error.h"

namespace hearth {
namespace {

/// The decoded text of a whole JSON string, or nothing when the reader refuses it.
std::optional<std::string> read(std::string_view text) {
  StringState state;
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (state.phase == StringState::kClosed) return std::nullopt;
    EXPECT_EQ(StringState::unpack(state.packed()).packed(), state.packed());
    std::uint32_t code_point = 0;
    switch (step_string(state, static_cast<std::uint8_t>(text[i]), code_point)) {
      case StringEvent::kWrong: return std::nullopt;
      case StringEvent::kByte: decoded += text[i]; break;
      case StringEvent::kCodePoint: append_utf8(decoded, code_point); break;
      case StringEvent::kNothing:
      case StringEvent::kClose: break;
    }
  }
  if (state.phase != StringState::kClosed || !is_valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::optional<std::string> by_parser(std::string_view text) {
  try {
    const json::value value = parse_json(text, "the text");
    if (!value.is_string()) return std::nullopt;
    return std::string(value.get_string());
  } catch (const Error&) {
    return std::nullopt;
  }
}

TEST(StringState, ReadsEscapesAsAParserDoes) {
  for (const char* text : {R"("")",
                           R"("a")",
                           R"("\"\\\/\b\f\n\r\t")",
                           R"("A\u00e9\u65E5")",
                           R"("\ud83d\ude00")",
                           R"("\ud83d")",
                           R"("\ude00")",
                           R"("\ud83dx")",
                           R"("\ud83d\n")",
                           R"("\ud83d\u0041")",
                           R"("\udc00\ud800")",
                           R"("\u12")",
                           R"("\u12g4")",
                           R"("\x41")",
                           R"("\a")",
                           "\"\t\"",
                           "\"\n\"",
                           "\"\x7f\"",
                           R"("é日😀")",
                           "\"a",
                           "a\"",
                           "\"\\\"",
                           R"("\uD7FF\uE000\uFFFF\u0000")",
                           R"("\uDBFF\uDFFF")",
                           R"("\ud800\udc00")",
                           "\"\\u005C\""}) {
    EXPECT_EQ(read(text), by_parser(text)) << text;
    EXPECT_EQ(decode_json_string(text), by_parser(text).value_or(decode_json_string(text))) << text;
  }
}

TEST(StringState, AgreesWithAParserOnEveryEscapedUnit) {
  for (std::uint32_t unit = 0; unit <= 0xFFFF; unit += unit < 0xD7F0 || unit > 0xE010 ? 37 : 1) {
    char text[16];
    std::snprintf(text, sizeof(text), "\"\\u%04x\"", unit);
    ASSERT_EQ(read(text), by_parser(text)) << text;
    std::snprintf(text, sizeof(text), "\"\\uDABC\\u%04X\"", unit);
    ASSERT_EQ(read(text), by_parser(text)) << text;
  }
}

/// Whether some digits complete the escape that `state` is in to a code point; what `code_points_ahead` must say.
bool can_become(const StringState& state, std::uint32_t wanted) {
  if (state.phase == StringState::kBody) return false;
  for (int byte = 0; byte < 128; ++byte) {
    StringState next = state;
    std::uint32_t code_point = 0;
    const StringEvent event = step_string(next, static_cast<std::uint8_t>(byte), code_point);
    if (event == StringEvent::kCodePoint && code_point == wanted) return true;
    if (event == StringEvent::kNothing && can_become(next, wanted)) return true;
  }
  return false;
}

TEST(StringState, SaysWhichCodePointsAreAhead) {
  for (const char* begun :
       {"\"\\u00", "\"\\u0", "\"\\ud8", "\"\\ud83d\\u", "\"\\ud83d\\ud", "\"\\ud83d\\ude0", "\"\\ud7f"}) {
    StringState state;
    std::uint32_t code_point = 0;
    for (const char* c = begun; *c != '\0'; ++c) step_string(state, static_cast<std::uint8_t>(*c), code_point);
    const auto ranges = code_points_ahead(state);
    for (const std::uint32_t wanted : {0U, 0x41U, 0xFFU, 0x100U, 0xD7F0U, 0xD7FFU, 0xE000U, 0xFFFFU, 0x10000U, 0x1F5FFU,
                                       0x1F600U, 0x1F60FU, 0x1F610U, 0x103FFU, 0x103FFFU, 0x10FFFFU}) {
      bool ahead = false;
      for (const auto& range : ranges) ahead = ahead || (range.first <= wanted && wanted <= range.last);
      EXPECT_EQ(ahead, can_become(state, wanted)) << begun << " " << wanted;
    }
  }
}

}  // namespace
}  // namespace hearth
