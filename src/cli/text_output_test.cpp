#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/human.h"
#include "cli/json_text.h"
#include "cli/terminal_text.h"

namespace hearth::cli {
namespace {

TEST(TerminalText, NothingIsLeftThatATerminalObeys) {
  EXPECT_EQ(terminal_text("a\n\tb"), "a\n\tb");
  EXPECT_EQ(terminal_text("\x1B[31mred"), "␛[31mred");
  EXPECT_EQ(terminal_text(std::string("\0\x07\r\x7F", 4)), "␀␇␍␡");
  EXPECT_EQ(terminal_text("\xC2\x9B"
                          "31m"),
            "\uFFFD"
            "31m");  // U+009B, the one-character ESC [
  EXPECT_EQ(terminal_text("\x9B"), "\uFFFD");
  EXPECT_EQ(terminal_text("é日🔥"), "é日🔥");
  EXPECT_EQ(one_line("a\nb\tc\x1B"), "a b c␛");
}

TEST(Human, Bytes) {
  EXPECT_EQ(human_bytes(0), "0 bytes");
  EXPECT_EQ(human_bytes(1023), "1023 bytes");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(667'942'912), "637 MiB");
  EXPECT_EQ(human_bytes(1'048'575), "1.0 MiB");  // not "1024 KiB"
  EXPECT_EQ(human_bytes(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

TEST(Human, Counts) {
  EXPECT_EQ(human_count(512), "512");
  EXPECT_EQ(human_count(1'100'048'384), "1.10 B");
  EXPECT_EQ(human_count(124'439'808), "124 M");
  EXPECT_EQ(human_count(999'999), "1.00 M");
}

TEST(JsonText, NumbersComeBackAsTheyWere) {
  const json::value value = {
      {"float", 1.0}, {"third", 1.0 / 3}, {"int", -5}, {"big", 18446744073709551615U}, {"tiny", 5e-324}};
  const std::string text = to_json_text(value);
  EXPECT_EQ(text.substr(0, 14), "{\"float\": 1.0,");
  EXPECT_EQ(parse_json(text, "text"), value);
}

TEST(JsonText, WhatJsonLacksIsNull) {
  EXPECT_EQ(to_json_text(json::array{std::nan(""), HUGE_VAL}), "[null, null]");
  const std::vector<float> values = {std::numeric_limits<float>::quiet_NaN(), 1};
  EXPECT_EQ(floats_to_json_text(values), "[null, 1]");
}

TEST(JsonText, StringsAreAlwaysUtf8) {
  EXPECT_EQ(to_json_text(json::value(json_string("a\xFFz\"\n"))), "\"a\uFFFDz\\\"\\n\"");
}

TEST(JsonText, NineDigitsGiveEveryFloatBack) {
  for (const float value : {0.1F, 1.0F / 3, 16777217.0F, 1e-38F, std::numeric_limits<float>::max(), -0.0F}) {
    const std::string text = floats_to_json_text(std::vector<float>{value});
    EXPECT_EQ(std::strtof(text.c_str() + 1, nullptr), value);
  }
  EXPECT_EQ(to_json_text(json::value(as_printed(0.8F))), "0.8");
}

}  // namespace
}  // namespace hearth::cli
