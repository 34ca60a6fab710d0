#include "base/unicode.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hearth {
namespace {

/// A literal that may hold NUL.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

TEST(Utf8, ReplacesAsTheWhatwgDecoderDoes) {
  // Right: Python's bytes.decode("utf-8", "replace"), which follows the WHATWG Encoding Standard and Unicode's table
  // 3-8.
  const std::vector<std::pair<std::string, std::string>> cases = {
      {bytes(""), bytes("")},
      {bytes("\x61\x62\x63"), bytes("\x61\x62\x63")},
      {bytes("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), bytes("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")},
      {bytes("\x80"), bytes("\xEF\xBF\xBD")},
      {bytes("\xBF\xBF"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xC0\xAF"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xC1\xBF"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xC2"), bytes("\xEF\xBF\xBD")},
      {bytes("\xC2\x41"), bytes("\xEF\xBF\xBD\x41")},
      {bytes("\xE0\x80\x80"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xE0\xA0"), bytes("\xEF\xBF\xBD")},
      {bytes("\xE0\xA0\x41"), bytes("\xEF\xBF\xBD\x41")},
      {bytes("\xED\xA0\x80"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xED\xBF\xBF"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xED\x9F\xBF"), bytes("\xED\x9F\xBF")},
      {bytes("\xF0\x80\x80\x80"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xF0\x90\x80"), bytes("\xEF\xBF\xBD")},
      {bytes("\xF0\x90\x80\x41"), bytes("\xEF\xBF\xBD\x41")},
      {bytes("\xF0\x9F\x98\xF0\x9F\x98\x80"), bytes("\xEF\xBF\xBD\xF0\x9F\x98\x80")},
      {bytes("\xF4\x8F\xBF\xBF"), bytes("\xF4\x8F\xBF\xBF")},
      {bytes("\xF4\x90\x80\x80"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xF5\x80\x80\x80"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\xFF\xFE"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\x61\xE2\x82\x62\xE2\x82\xAC"), bytes("\x61\xEF\xBF\xBD\x62\xE2\x82\xAC")},
      {bytes("\xF8\x88\x80\x80\x80"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
      {bytes("\x00\x80\x00"), bytes("\x00\xEF\xBF\xBD\x00")},
      {bytes("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"), bytes("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")},
  };
  for (const auto& [text, replaced] : cases) {
    EXPECT_EQ(replace_invalid_utf8(text), replaced) << ::testing::PrintToString(text);
    EXPECT_EQ(is_valid_utf8(text), text == replaced) << ::testing::PrintToString(text);
    EXPECT_TRUE(is_valid_utf8(replaced));
  }
}

TEST(Utf8, EveryCodePointSurvives) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;
    std::string text;
    append_utf8(text, c);
    const CodePoint decoded = decode_utf8(text, 0);
    ASSERT_TRUE(decoded.valid && decoded.value == c && decoded.length == text.size()) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(text.size(), c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u);
    for (std::size_t cut = 1; cut < text.size(); ++cut)
      ASSERT_EQ(incomplete_utf8_suffix("ab" + text.substr(0, cut)), cut);
    ASSERT_EQ(incomplete_utf8_suffix(text), 0u);
  }
}

TEST(Utf8, WhatIsNoCharacterIsWrittenAsReplacement) {
  for (const char32_t c : {0xD800u, 0xDBFFu, 0xDC00u, 0xDFFFu, 0x110000u, 0xFFFFFFFFu}) {
    std::string text;
    append_utf8(text, static_cast<char32_t>(c));
    EXPECT_EQ(text, "\xEF\xBF\xBD");
  }
}

TEST(Utf8, DecodesInvalidBytesOneByOne) {
  const std::string text = bytes(
      "\xE2\x82"
      "A");
  EXPECT_FALSE(decode_utf8(text, 0).valid);
  EXPECT_EQ(decode_utf8(text, 0).length, 1u);
  EXPECT_EQ(decode_utf8(text, 0).value, 0xFFFDu);
  EXPECT_EQ(decode_utf8(text, 1).length, 1u);
  EXPECT_EQ(decode_utf8(text, 2).value, U'A');
}

TEST(Utf8, SuffixThatCannotBecomeACharacterIsNotIncomplete) {
  for (const std::string& text :
       {bytes(""), bytes("a"), bytes("\x80"), bytes("\x80\x80\x80"), bytes("\xC0"), bytes("\xF5"), bytes("\xE0\x80"),
        bytes("\xED\xA0"), bytes("\xF0\x8F"), bytes("\xF4\x90\x80"), bytes("\xC3\xA9\xA9")}) {
    EXPECT_EQ(incomplete_utf8_suffix(text), 0u) << ::testing::PrintToString(text);
  }
  EXPECT_EQ(incomplete_utf8_suffix(bytes("\xF0\x9F\x98")), 3u);
  EXPECT_EQ(incomplete_utf8_suffix(bytes("\xFF\xE2\x82")), 2u);
}

TEST(Unicode, Normalises) {
  // Right: unicodedata.normalize of Python.
  const std::string text =
      "e\xCC\x81 \xC3\xA9 \xEF\xAC\x81 \xE2\x84\xAB \xED\x95\x9C";  // e + accent, é, ﬁ, Å (ångström sign), 한
  EXPECT_EQ(normalize(text, NormalForm::kNfc), "\xC3\xA9 \xC3\xA9 \xEF\xAC\x81 \xC3\x85 \xED\x95\x9C");
  EXPECT_EQ(normalize(text, NormalForm::kNfd),
            "e\xCC\x81 e\xCC\x81 \xEF\xAC\x81 A\xCC\x8A \xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB");
  EXPECT_EQ(normalize(text, NormalForm::kNfkc), "\xC3\xA9 \xC3\xA9 fi \xC3\x85 \xED\x95\x9C");
  EXPECT_EQ(normalize(text, NormalForm::kNfkd),
            "e\xCC\x81 e\xCC\x81 fi A\xCC\x8A \xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB");
  EXPECT_EQ(normalize("", NormalForm::kNfc), "");
  EXPECT_EQ(normalize(bytes("a\0b"), NormalForm::kNfkc), bytes("a\0b"));
  EXPECT_EQ(normalize("a\xFF"
                      "b",
                      NormalForm::kNfc),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Unicode, CategoriesAndLowerCase) {
  EXPECT_STREQ(category(U'A'), "Lu");
  EXPECT_STREQ(category(U' '), "Zs");
  EXPECT_STREQ(category(0x0301), "Mn");
  EXPECT_STREQ(category(U'\n'), "Cc");
  EXPECT_STREQ(category(0x110000), "Cn");
  EXPECT_STREQ(category(0xFFFFFFFF), "Cn");
  EXPECT_EQ(to_lower(U'A'), U'a');
  EXPECT_EQ(to_lower(0x0130), U'i');
  EXPECT_EQ(to_lower(U'1'), U'1');
  EXPECT_EQ(to_lower(0x0416), 0x0436u);
}

}  // namespace
}  // namespace hearth
