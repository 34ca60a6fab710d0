#include "text/normalizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

std::string normalized(const Normalizer& normalizer, const std::string& text) {
  NormalizedText result(text, false);
  normalizer.apply(result);
  return result.text;
}

struct Case {
  const char* normalizer;
  std::string text;
  std::string expected;
};

// Expected values: Hugging Face tokenizers 0.23.1.
const std::vector<Case> kCases = {
    {R"j({"type":"NFC"})j", "e\u0301\u0323 \u212b", "\u1eb9\u0301 \u00c5"},
    {R"j({"type":"NFD"})j", "\u1e69\uac01", "s\u0323\u0307\u1100\u1161\u11a8"},
    {R"j({"type":"NFKC"})j", "\ufb01\uff76\uff9e\u2460\u00bd", "fi\u30ac11\u20442"},
    {R"j({"type":"NFKD"})j", "\u3392\u0344", "MHz\u0308\u0301"},
    {R"j({"type":"Lowercase"})j", "\u0130\u03a3\u1e9eABC\u00c4", "i\u0307\u03c3\u00dfabc\u00e4"},
    {R"j({"type":"Strip","strip_left":true,"strip_right":false})j", "\u3000\t a \u00a0", "a \u00a0"},
    {R"j({"type":"Strip","strip_left":false,"strip_right":true})j", "\u3000\t a \u00a0", "\u3000\t a"},
    {R"j({"type":"StripAccents"})j", "e\u0301\u0903x", "ex"},
    {R"j({"type":"Prepend","prepend":"▁"})j", "a b", "\u2581a b"},
    {R"j({"type":"Prepend","prepend":"▁"})j", "", ""},
    {R"j({"type":"Replace","pattern":{"String":".+"},"content":"-"})j", "a.+b.+", "a-b-"},
    {R"j({"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "})j", "a   b  c d", "a b c d"},
    {R"j({"type":"Nmt"})j", "a\u200b\007b\010\u2581\tc\u00ad", "a b  c\u00ad"},
    {R"j({"type":"ByteLevel"})j", "a \u00e9\n", "a\u0120\u00c3\u00a9\u010a"},
    {R"j({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true})j",
     std::string("\u00c9\000\u4e2d\u6587\302\205H\u00ad\u3042\tx", 19), "e \u4e2d  \u6587 h\u3042 x"},
    {R"j({"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":false,"lowercase":true})j",
     "\u00c9\u4e2d", "\u00e9\u4e2d"},
    {R"j({"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]})j",
     "\u00c5NGSTR\u00d6M", "angstrom"},
};

TEST(Normalizer, AnswersAsHuggingFaceTokenizers) {
  for (const Case& c : kCases) {
    const auto normalizer = load_normalizer(parse_json(c.normalizer, "test"), "test");
    EXPECT_EQ(normalized(*normalizer, c.text), c.expected) << c.normalizer;
  }
}

TEST(Normalizer, TracksWhereEachByteCameFrom) {
  for (const Case& c : kCases) {
    const auto normalizer = load_normalizer(parse_json(c.normalizer, "test"), "test");
    NormalizedText tracked(c.text, true);
    normalizer->apply(tracked);
    EXPECT_EQ(tracked.text, c.expected) << c.normalizer;
    ASSERT_EQ(tracked.source.size(), tracked.text.size()) << c.normalizer;
    for (const SourceRange& range : tracked.source) {
      EXPECT_LE(range.begin, range.end);
      EXPECT_LE(range.end, c.text.size());
    }
  }
}

TEST(Normalizer, TracksThroughASequence) {
  const auto normalizer = load_normalizer(
      parse_json(R"({"type":"Sequence","normalizers":[{"type":"Strip"},{"type":"Prepend","prepend":"_"},{"type":"NFC"},
                     {"type":"Replace","pattern":{"String":"b"},"content":"<x>"}]})",
                 "test"),
      "test");
  NormalizedText text("  ae\u0301bc", true);
  normalizer->apply(text);
  EXPECT_EQ(text.text, "_a\u00e9<x>c");
  EXPECT_FALSE(text.keeps_start);
  const SourceRange accented = text.source_of(2, 4);
  EXPECT_EQ(accented.begin, 3u);
  EXPECT_EQ(accented.end, 6u);
  const SourceRange replaced = text.source_of(4, 7);
  EXPECT_EQ(replaced.begin, 6u);
  EXPECT_EQ(replaced.end, 7u);
}

TEST(Normalizer, KeepsBytesThatAreNoCharacters) {
  const std::string broken =
      "A\xff\xe4\xbd"
      "B\xc3";
  for (const char* type : {"NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Nmt"}) {
    const auto normalizer = load_normalizer(parse_json(std::string(R"({"type":")") + type + R"("})", "test"), "test");
    const std::string result = normalized(*normalizer, broken);
    EXPECT_EQ(result.substr(1, 3), "\xff\xe4\xbd") << type;
    EXPECT_EQ(result.back(), '\xc3') << type;
  }
}

TEST(Normalizer, SortsAMillionMarksInTime) {
  std::string text = "a";
  for (int i = 0; i < 500'000; ++i)
    text += i % 2 == 0 ? "\u0301" : "\u0316";  // classes 230 and 220: all must change places
  const auto begin = std::chrono::steady_clock::now();
  const std::string result = normalized(UnicodeNormalizer(NormalForm::kNfd), text);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  ASSERT_EQ(result.size(), text.size());
  EXPECT_EQ(result.substr(0, 5), "a\u0316\u0316");
  EXPECT_EQ(result.substr(result.size() - 2), "\u0301");
}

TEST(Normalizer, RefusesWhatItDoesNotKnow) {
  const auto load = [](const char* text) { return load_normalizer(parse_json(text, "test"), "file: normalizer"); };
  try {
    load(R"({"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Sparkle"}]})");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("normalizers[1]"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("Sparkle"), std::string::npos) << error.message();
  }
  EXPECT_THROW(load("[]"), Error);
  EXPECT_THROW(load(R"({"type":7})"), Error);
  EXPECT_THROW(load(R"({"type":"Replace","content":""})"), Error);
  EXPECT_THROW(load(R"({"type":"Replace","pattern":{"Regex":"("},"content":""})"), Error);
  EXPECT_THROW(load(R"({"type":"Precompiled","precompiled_charsmap":"*"})"), Error);
  EXPECT_THROW(load(R"({"type":"Precompiled","precompiled_charsmap":"////////"})"), Error);
}

}  // namespace
}  // namespace hearth
