#include "text/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

std::vector<std::string> pieces(const PreTokenizer& pre_tokenizer, const std::string& text) {
  PieceList list(text, true);
  pre_tokenizer.apply(list);
  std::vector<std::string> result;
  for (const Piece& piece : list.pieces) result.emplace_back(list.view(piece));
  return result;
}

const char* const kText = "Hi, don't  12\u00bd!\n \u4f60\u597d x";

struct Case {
  const char* pre_tokenizer;
  std::string text;
  std::vector<std::string> expected;
};

// Expected values: Hugging Face tokenizers 0.23.1.
const std::vector<Case> kCases = {
    {R"j({"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"Isolated","invert":false})j",
     kText,
     {"Hi,", " ", "don't", "  ", "12\u00bd!", "\n ", "\u4f60\u597d", " ", "x"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"Removed","invert":false})j",
     kText,
     {"Hi,", "don't", "12\u00bd!", "\u4f60\u597d", "x"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"MergedWithPrevious","invert":false})j",
     kText,
     {"Hi, ", "don't  ", "12\u00bd!\n ", "\u4f60\u597d ", "x"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"MergedWithNext","invert":false})j",
     kText,
     {"Hi,", " don't", "  12\u00bd!", "\n \u4f60\u597d", " x"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"Contiguous","invert":false})j",
     kText,
     {"Hi,", " ", "don't", "  ", "12\u00bd!", "\n ", "\u4f60\u597d", " ", "x"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\p{L}+"},"behavior":"Removed","invert":true})j",
     kText,
     {"Hi", "don", "t", "\u4f60\u597d", "x"}},
    {R"j({"type":"Split","pattern":{"String":"n"},"behavior":"Isolated","invert":false})j",
     kText,
     {"Hi, do", "n", "'t  12\u00bd!\n \u4f60\u597d x"}},
    {R"j({"type":"Split","pattern":{"Regex":"(?=\\d)"},"behavior":"Isolated","invert":false})j",
     kText,
     {"Hi, don't  ", "1", "2\u00bd!\n \u4f60\u597d x"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\p{P}"},"behavior":"Contiguous","invert":false})j",
     "a.,b!?c",
     {"a", ".,", "b", "!?", "c"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\p{P}"},"behavior":"MergedWithPrevious","invert":false})j",
     ".a.,b!?c",
     {".", "a.", ",", "b!", "?", "c"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\p{P}"},"behavior":"MergedWithNext","invert":false})j",
     ".a.,b!?c.",
     {".a", ".", ",b", "!", "?c", "."}},
    {R"j({"type":"ByteLevel","add_prefix_space":true,"use_regex":true,"trim_offsets":true})j",
     kText,
     {"\u0120Hi", ",", "\u0120don", "'t", "\u0120", "\u012012\u00c2\u00bd", "!", "\u010a",
      "\u0120\u00e4\u00bd\u0142\u00e5\u00a5\u00bd", "\u0120x"}},
    {R"j({"type":"ByteLevel","add_prefix_space":false,"use_regex":false,"trim_offsets":true})j",
     kText,
     {"Hi,\u0120don't\u0120\u012012\u00c2\u00bd!\u010a\u0120\u00e4\u00bd\u0142\u00e5\u00a5\u00bd\u0120x"}},
    {R"j({"type":"Digits","individual_digits":true})j",
     kText,
     {"Hi, don't  ", "1", "2", "\u00bd", "!\n \u4f60\u597d x"}},
    {R"j({"type":"Digits","individual_digits":false})j", kText, {"Hi, don't  ", "12\u00bd", "!\n \u4f60\u597d x"}},
    {R"j({"type":"Punctuation","behavior":"Isolated"})j",
     kText,
     {"Hi", ",", " don", "'", "t  12\u00bd", "!", "\n \u4f60\u597d x"}},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true})j",
     " a  b",
     {"\u2581a", "\u2581", "\u2581b"}},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true})j",
     "a b",
     {"\u2581a", "\u2581b"}},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true})j", "a b", {"a", "\u2581b"}},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false})j", "a b", {"\u2581a\u2581b"}},
    {R"j({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}]})j",
     "a b",
     {"\u2581a", "b"}},
    {R"j({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]})j",
     "a b",
     {"\u2581a", "\u2581b"}},
    {R"j({"type":"WhitespaceSplit"})j", kText, {"Hi,", "don't", "12\u00bd!", "\u4f60\u597d", "x"}},
    {R"j({"type":"Whitespace"})j",
     "Hi, don't  12\u00bd!\n \u4f60\u597d x\u200cz\u2460",
     {"Hi", ",", "don", "'", "t", "12", "\u00bd!", "\u4f60\u597d", "x\u200cz", "\u2460"}},
    {R"j({"type":"BertPreTokenizer"})j", kText, {"Hi", ",", "don", "'", "t", "12\u00bd", "!", "\u4f60\u597d", "x"}},
    {R"j({"type":"CharDelimiterSplit","delimiter":"i"})j", kText, {"H", ", don't  12\u00bd!\n \u4f60\u597d x"}},
    {R"j({"type":"FixedLength","length":4})j", "\u4f60\u597d abc\u00e9f", {"\u4f60\u597d a", "bc\u00e9f"}},
    {R"j({"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},{"type":"Digits","individual_digits":false},{"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated","invert":false}]})j",
     "x12345.\u00bd",
     {"x", "123", "45", ".", "\u00c2", "\u00bd"}},
    {R"j({"type":"Split","pattern":{"Regex":"[^\\W\\d]+"},"behavior":"Isolated","invert":false})j",
     "ab1\u00b2_\u0301-",
     {"ab", "1\u00b2", "_\u0301", "-"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\b"},"behavior":"Isolated","invert":false})j",
     "ab cd",
     {"ab", " ", "cd"}},
    {R"j({"type":"Split","pattern":{"Regex":"[[:punct:]]"},"behavior":"Isolated","invert":false})j",
     "a$b\u00a9",
     {"a", "$", "b", "\u00a9"}},
    {R"j({"type":"Split","pattern":{"Regex":"[a-e[xy]]+"},"behavior":"Isolated","invert":false})j",
     "abxzy",
     {"abx", "z", "y"}},
    {R"j({"type":"Split","pattern":{"Regex":"[\\p{L}&&[^aeiou]]+"},"behavior":"Isolated","invert":false})j",
     "hello",
     {"h", "e", "ll", "o"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\p{Han}+"},"behavior":"Isolated","invert":false})j",
     "\u6f22\u3001\u5b57",
     {"\u6f22", "\u3001", "\u5b57"}},
    {R"j({"type":"Split","pattern":{"Regex":"a{,2}b"},"behavior":"Isolated","invert":false})j", "aaab", {"a", "aab"}},
    {R"j({"type":"Split","pattern":{"Regex":"(?m:a.)"},"behavior":"Isolated","invert":false})j",
     "xa\ny",
     {"x", "a\n", "y"}},
    {R"j({"type":"Split","pattern":{"Regex":"^."},"behavior":"Isolated","invert":false})j",
     "ab\ncd",
     {"a", "b\n", "c", "d"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\h+"},"behavior":"Isolated","invert":false})j", "xfe1", {"x", "fe1"}},
    {R"j({"type":"Split","pattern":{"Regex":"(?=(\\d{3})+(?!\\d))"},"behavior":"Isolated","invert":false})j",
     "1234567 89",
     {"1", "234", "567 89"}},
    {R"j({"type":"Split","pattern":{"Regex":"\\d{1,3}(?=(?:\\d{3})*\\b)"},"behavior":"Isolated","invert":false})j",
     "12345 67a 8",
     {"12", "345", " 67a ", "8"}},
};

TEST(PreTokenizer, CutsAsHuggingFaceTokenizers) {
  for (const Case& c : kCases) {
    const auto pre_tokenizer = load_pre_tokenizer(parse_json(c.pre_tokenizer, "test"), "test");
    EXPECT_EQ(pieces(*pre_tokenizer, c.text), c.expected) << c.pre_tokenizer;
  }
}

TEST(PreTokenizer, LosesNothingOfBytesThatAreNoCharacters) {
  const std::string broken = "a\xff b\xe4\xbd 12\xc3\xc3 \x80";
  for (const Case& c : kCases) {
    const std::string type = c.pre_tokenizer;
    const bool drops = type.find("Removed") != std::string::npos || type.find("hitespace") != std::string::npos ||
                       type.find("Bert") != std::string::npos || type.find("Delimiter") != std::string::npos;
    const bool rewrites = type.find("ByteLevel") != std::string::npos || type.find("Metaspace") != std::string::npos;
    if (drops || rewrites) continue;
    std::string joined;
    for (const std::string& piece : pieces(*load_pre_tokenizer(parse_json(type, "test"), "test"), broken))
      joined += piece;
    EXPECT_EQ(joined, broken) << type;
  }
}

TEST(PreTokenizer, MetaspaceKnowsWhereTheInputBegins) {
  const MetaspacePreTokenizer metaspace("\u2581", MetaspacePreTokenizer::Prepend::kFirst, true);
  PieceList later("a b", false);
  metaspace.apply(later);
  EXPECT_EQ(later.text,
            "a\u2581"
            "b");
  PieceList first("a b", true);
  metaspace.apply(first);
  EXPECT_EQ(first.text,
            "\u2581"
            "a\u2581"
            "b");
}

TEST(PreTokenizer, RefusesWhatItDoesNotKnow) {
  const auto load = [](const char* text) {
    return load_pre_tokenizer(parse_json(text, "test"), "file: pre_tokenizer");
  };
  try {
    load(R"({"type":"UnicodeScripts"})");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("UnicodeScripts"), std::string::npos) << error.message();
  }
  EXPECT_THROW(load(R"({"type":"Split","pattern":{"Regex":"[a"},"behavior":"Isolated"})"), Error);
  EXPECT_THROW(load(R"({"type":"Split","pattern":{"Regex":"(?<"},"behavior":"Isolated"})"), Error);
  EXPECT_THROW(load(R"({"type":"Split","pattern":"x","behavior":"Isolated"})"), Error);
  EXPECT_THROW(load(R"({"type":"Split","pattern":{"String":"x"},"behavior":"Sideways"})"), Error);
  EXPECT_THROW(load(R"({"type":"Metaspace","replacement":"ab"})"), Error);
  EXPECT_THROW(load(R"({"type":"Metaspace","replacement":"_","prepend_scheme":"often"})"), Error);
  EXPECT_THROW(load(R"({"type":"FixedLength","length":0})"), Error);
  EXPECT_THROW(load(R"({"type":"Sequence","pretokenizers":{}})"), Error);
}

}  // namespace
}  // namespace hearth
