#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unicode.h"
#include "format/gguf.h"
#include "format/gguf_writer.h"
#include "hearth/error.h"
#include "text/byte_tokens.h"
#include "text/gguf_pre_tokenizers.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

using Ids = std::vector<TokenId>;
using Strings = std::vector<std::string>;

enum Type : std::int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUser = 4, kUnused = 5, kByte = 6 };

/// The metadata of a tokenizer; leave a part empty to leave its key out.
struct Metadata {
  std::string model = "gpt2";
  Strings tokens;
  std::vector<std::int32_t> types;
  std::vector<float> scores;
  std::optional<Strings> merges;
  std::string pre;
  std::vector<std::pair<std::string, std::uint32_t>> ids;
  std::vector<std::pair<std::string, bool>> flags;
  std::string name;
  std::string charsmap;

  std::string bytes() const {
    GgufWriter writer("llama");
    if (!name.empty()) writer.set("general.name", std::string_view(name));
    writer.set("tokenizer.ggml.model", std::string_view(model));
    if (!pre.empty()) writer.set("tokenizer.ggml.pre", std::string_view(pre));
    writer.set("tokenizer.ggml.tokens", tokens);
    if (!types.empty()) writer.set("tokenizer.ggml.token_type", types);
    if (!scores.empty()) writer.set("tokenizer.ggml.scores", scores);
    if (merges) writer.set("tokenizer.ggml.merges", *merges);
    for (const auto& [key, id] : ids) writer.set("tokenizer.ggml." + key, id);
    for (const auto& [key, flag] : flags) writer.set("tokenizer.ggml." + key, flag);
    if (!charsmap.empty()) {
      GgufArray array;
      array.type = GgufType::kU8;
      array.count = charsmap.size();
      array.raw = std::as_bytes(std::span(charsmap));
      writer.set_raw("tokenizer.ggml.precompiled_charsmap", GgufValue{GgufType::kArray, array});
    }
    return writer.to_bytes();
  }
  std::unique_ptr<const Tokenizer> load() const {
    const auto owner = std::make_shared<std::string>(bytes());
    return load_gguf_tokenizer(*GgufFile::parse(std::as_bytes(std::span(*owner)), "m.gguf", owner));
  }
};

Ids encode(const Tokenizer& tokenizer, std::string_view text, bool add_special = false, bool parse_special = false) {
  EncodeOptions options;
  options.add_special = add_special;
  options.parse_special = parse_special;
  return tokenizer.encode(text, options);
}

Metadata byte_level() {
  Metadata m;
  m.tokens = {"<|endoftext|>", "a", "b", "Ġ", "ab", "Ġab", "1", "11", "\u00fcber", "<tool>"};
  m.types = {kControl, kNormal, kNormal, kNormal, kNormal, kNormal, kNormal, kNormal, kUser, kUser};
  m.merges = Strings{"a b", "Ġ ab", "1 1"};
  m.pre = "gpt-2";
  m.ids = {{"bos_token_id", 0}, {"eos_token_id", 0}};
  return m;
}

TEST(LoadGgufTokenizer, ReadsByteLevelBpe) {
  const auto tokenizer = byte_level().load();
  EXPECT_EQ(tokenizer->kind(), "byte-level BPE");
  EXPECT_EQ(encode(*tokenizer, "ab ab11"), (Ids{4, 5, 7}));
  EXPECT_EQ(encode(*tokenizer, "ab", true), (Ids{4}));           // gpt-2 has no BOS unless the file says so
  EXPECT_EQ(tokenizer->decode(Ids{4, 5, 8}), "ab ab\u00fcber");  // a user's token is text as it stands
  EXPECT_EQ(tokenizer->token_text(5), "Ġab");
  EXPECT_EQ(tokenizer->token_bytes(5), " ab");
  EXPECT_EQ(tokenizer->bos(), 0);
  EXPECT_EQ(tokenizer->eos(), 0);
  EXPECT_FALSE(tokenizer->strips_leading_space());
}

TEST(LoadGgufTokenizer, TellsControlTokensFromUserTokens) {
  const auto tokenizer = byte_level().load();
  EXPECT_TRUE(tokenizer->is_special(0));
  EXPECT_FALSE(tokenizer->is_special(9));
  EXPECT_EQ(encode(*tokenizer, "a<tool>b"), (Ids{1, 9, 2}));
  EXPECT_EQ(encode(*tokenizer, "a<|endoftext|>b", false, true), (Ids{1, 0, 2}));
  EXPECT_EQ(encode(*tokenizer, "a<|endoftext|>b"), (Ids{1, 2}));  // four words, of two of which it knows no character
}

TEST(LoadGgufTokenizer, TakesAnEndOfTurnForControlWhateverItsType) {
  Metadata m = byte_level();
  m.tokens.emplace_back("<|im_end|>");
  m.types.push_back(kUser);
  const auto tokenizer = m.load();
  EXPECT_TRUE(tokenizer->is_special(10));
  EXPECT_EQ(encode(*tokenizer, "a<|im_end|>a"), (Ids{1, 1}));
}

TEST(LoadGgufTokenizer, DigitsAreCutAsThePreTokenizerSays) {
  Metadata m = byte_level();
  m.pre = "starcoder";
  EXPECT_EQ(encode(*m.load(), "11"), (Ids{6, 6}));
  m.pre = "llama-bpe";
  EXPECT_EQ(encode(*m.load(), "11", true), (Ids{0, 7}));  // which puts BOS in front, too
  m.flags = {{"add_bos_token", false}};
  EXPECT_EQ(encode(*m.load(), "11", true), (Ids{7}));
  m.flags = {{"add_bos_token", true}, {"add_eos_token", true}};
  EXPECT_EQ(encode(*m.load(), "11", true), (Ids{0, 7, 0}));
}

TEST(LoadGgufTokenizer, EveryPreTokenizerLosesNothing) {
  Metadata m;
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    // GPT-2's alphabet: printable Latin-1 as itself, the others from U+0100 on.
    const bool printable = (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
    static char32_t next = 0x100;
    std::string token;
    append_utf8(token, printable ? static_cast<char32_t>(byte) : next++);
    m.tokens.push_back(token);
    bytes.push_back(static_cast<char>(byte));
  }
  m.merges = Strings{};
  const std::string text =
      "It's 12345\u00bd \u4f60\u597d, na\u00efve!\r\n\n \t x_y  " + bytes + "\u0e01\u0301 IMGIMGAZ <sentinel:1>";
  for (const std::string_view name : gguf_pre_tokenizer_names()) {
    m.pre = name;
    const auto tokenizer = m.load();
    Ids expected;
    for (const char byte : text) expected.push_back(static_cast<std::uint8_t>(byte));
    EXPECT_EQ(encode(*tokenizer, text), Ids(expected)) << name;
  }
}

Metadata sentencepiece() {
  Metadata m;
  m.model = "llama";
  m.tokens = {"<unk>", "<s>", "</s>"};
  m.types = {kUnknown, kControl, kControl};
  for (int byte = 0; byte < 256; ++byte) {
    m.tokens.push_back(byte_token(static_cast<std::uint8_t>(byte)));
    m.types.push_back(kByte);
  }
  for (const char* token :
       {"\u2581", "a", "b", "\u2581a", "ab", "\u2581ab", "aa", "<", "s", ">", "<s", "\u2581\u2581"}) {
    m.tokens.emplace_back(token);
    m.types.push_back(kNormal);
  }
  m.scores.assign(m.tokens.size(), 0);
  const float scores[] = {-10, -11, -12, -2, -1, -3, -4, -13, -14, -15, -5, -6};
  std::copy(std::begin(scores), std::end(scores), m.scores.begin() + 259);
  m.ids = {{"bos_token_id", 1}, {"eos_token_id", 2}, {"unknown_token_id", 0}};
  return m;
}

TEST(LoadGgufTokenizer, ReadsSentencePieceBpe) {
  const auto tokenizer = sentencepiece().load();
  EXPECT_EQ(tokenizer->kind(), "SentencePiece BPE");
  EXPECT_EQ(encode(*tokenizer, "ab", true), (Ids{1, 264}));  // "ab" (-1) goes before "▁a" (-2), then "▁ab"
  EXPECT_EQ(encode(*tokenizer, "aaa"), (Ids{262, 265}));     // "▁a" (-2) goes before "aa" (-4)
  EXPECT_EQ(encode(*tokenizer, "\u00e9"), (Ids{259, 3 + 0xC3, 3 + 0xA9}));
  EXPECT_EQ(encode(*tokenizer, "\xff"), (Ids{259, 3 + 0xFF}));
  EXPECT_EQ(encode(*tokenizer, "ab ab"), (Ids{264, 264}));
  EXPECT_EQ(encode(*tokenizer, ""), Ids{});
  EXPECT_EQ(tokenizer->decode(Ids{264, 264, 3 + 0xC3, 3 + 0xA9, 3 + 0xFF}), "ab ab\u00e9\uFFFD");
  EXPECT_EQ(tokenizer->token_bytes(264), " ab");
  EXPECT_EQ(tokenizer->token_bytes(3 + 0xC3), "\xC3");
  EXPECT_TRUE(tokenizer->strips_leading_space());
}

TEST(LoadGgufTokenizer, SentencePieceNeverMakesControlTokensOfText) {
  const auto tokenizer = sentencepiece().load();  // it has "<s" and ">", which would merge into "<s>"
  EXPECT_EQ(encode(*tokenizer, "<s>"), (Ids{259, 269, 268}));
  EXPECT_EQ(encode(*tokenizer, "<s>a", false, true), (Ids{1, 262}));
  EXPECT_EQ(encode(*tokenizer, "<0x0A>")[1], 266);
}

TEST(LoadGgufTokenizer, LeavesTheSpaceOutWhereTheFileSaysSo) {
  Metadata m = sentencepiece();
  m.flags = {{"add_space_prefix", false}, {"add_bos_token", false}, {"add_eos_token", true}};
  const auto tokenizer = m.load();
  EXPECT_EQ(encode(*tokenizer, "ab", true), (Ids{263, 2}));
  EXPECT_EQ(tokenizer->decode(Ids{264}), " ab");
  EXPECT_FALSE(tokenizer->strips_leading_space());
}

TEST(LoadGgufTokenizer, Phi3TokensTakeTheSpaceBehindThem) {
  Metadata m = sentencepiece();
  m.tokens.emplace_back("<|user|>");
  m.types.push_back(kControl);
  m.scores.push_back(0);
  EXPECT_EQ(encode(*m.load(), "<|user|>\nab", false, true).size(), 4u);  // the token, "▁", the line end, "ab"
  m.name = "Phi-3 mini";
  EXPECT_EQ(encode(*m.load(), "<|user|>\nab", false, true), (Ids{271, 264}));
}

/// A trie of Darts units by hand: "A" becomes "a", "AB" becomes "x".
std::string small_charsmap() {
  std::vector<std::uint32_t> units(1024, 0x80000000u);
  const auto unit = [](std::uint32_t offset, std::uint8_t label, bool value) {
    return offset << 10 | (value ? 1u << 8 : 0u) | label;
  };
  units[0] = unit(256, 0, false);
  units[256 ^ 'A'] = unit((256 ^ 'A') ^ 512, 'A', true);  // its children stand from 512 on
  units[512] = 0x80000000u | 0;                           // the value: "a" at 0
  units[512 ^ 'B'] = unit((512 ^ 'B') ^ 768, 'B', true);
  units[768] = 0x80000000u | 2;  // "x" at 2
  std::string blob;
  const auto put = [&blob](std::uint32_t number) {
    for (int i = 0; i < 4; ++i) blob.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
  };
  put(static_cast<std::uint32_t>(units.size() * 4));
  for (const std::uint32_t number : units) put(number);
  return blob + std::string("a\0x\0", 4);
}

Metadata unigram() {
  Metadata m;
  m.model = "t5";
  m.tokens = {"<pad>", "</s>", "<unk>", "\u2581", "a", "\u2581a", "x", "aa", "used"};
  m.types = {kControl, kControl, kUnknown, kNormal, kNormal, kNormal, kNormal, kNormal, kUser};
  m.scores = {0, 0, 0, -3, -4, -5, -6, -7, -20};
  m.ids = {{"eos_token_id", 1}, {"unknown_token_id", 2}};
  return m;
}

TEST(LoadGgufTokenizer, ReadsUnigram) {
  Metadata m = unigram();
  auto tokenizer = m.load();
  EXPECT_EQ(tokenizer->kind(), "Unigram");
  EXPECT_EQ(encode(*tokenizer, "aa", true), (Ids{5, 4, 1}));  // -9 is better than "▁" and "aa" with -10
  EXPECT_EQ(encode(*tokenizer, "a  a"), (Ids{5, 3, 5}));
  EXPECT_EQ(encode(*tokenizer, "qq a"), (Ids{3, 2, 5}));
  EXPECT_EQ(encode(*tokenizer, "usedx"), (Ids{8, 3, 6}));
  EXPECT_EQ(tokenizer->decode(Ids{5, 3, 5}), "a  a");
  m.flags = {{"remove_extra_whitespaces", true}};
  EXPECT_EQ(encode(*m.load(), "  a  a "), (Ids{5, 5}));
  m.charsmap = small_charsmap();
  EXPECT_EQ(encode(*m.load(), "A AB"), (Ids{5, 3, 6}));
}

TEST(LoadGgufTokenizer, ReadsWordPiece) {
  Metadata m;
  m.model = "bert";
  m.tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "\u2581un", "aff", "able", "\u2581,", "[unused0]", "\u2581a"};
  m.types = {kControl, kUnknown, kControl, kControl, kNormal, kNormal, kNormal, kNormal, kUnused, kNormal};
  m.ids = {{"bos_token_id", 2}, {"seperator_token_id", 3}, {"unknown_token_id", 1}};
  const auto tokenizer = m.load();
  EXPECT_EQ(tokenizer->kind(), "WordPiece");
  EXPECT_EQ(encode(*tokenizer, "Un\u00e4ffable, xyz", true), (Ids{2, 4, 5, 6, 7, 1, 3}));
  EXPECT_EQ(tokenizer->decode(Ids{4, 5, 6, 7, 4}), "unaffable, un");
  EXPECT_EQ(tokenizer->token_text(4), "\u2581un");
  EXPECT_EQ(tokenizer->token_bytes(5), "aff");
  EXPECT_EQ(encode(*tokenizer, "[CLS]"), (Ids{1, 1, 1}));
  EXPECT_EQ(encode(*tokenizer, "[CLS]", false, true), (Ids{2}));
}

void expect_refusal(const Metadata& metadata, const std::string& needle, ErrorCode code = ErrorCode::kCorruptData) {
  try {
    metadata.load();
    ADD_FAILURE() << "accepted; expected " << needle;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_EQ(error.message().rfind("m.gguf", 0), 0u) << error.message();
    EXPECT_NE(error.message().find(needle), std::string::npos) << error.message() << "\nlacks " << needle;
  }
}

TEST(LoadGgufTokenizer, RefusesBrokenMetadata) {
  const auto change = [](Metadata m, auto edit) {
    edit(m);
    return m;
  };
  expect_refusal(change(byte_level(), [](Metadata& m) { m.model = "rwkv"; }), "\"rwkv\"", ErrorCode::kUnsupported);
  expect_refusal(change(byte_level(), [](Metadata& m) { m.pre = "martian"; }), "martian", ErrorCode::kUnsupported);
  expect_refusal(change(byte_level(), [](Metadata& m) { m.pre = "martian"; }), "llama-bpe", ErrorCode::kUnsupported);
  expect_refusal(change(byte_level(), [](Metadata& m) { m.merges.reset(); }), "merges");
  for (const char* merge : {"", "ab", "a ", " a", "a", "a q", "a b c"}) {
    expect_refusal(change(byte_level(), [merge](Metadata& m) { m.merges->push_back(merge); }), "merges");
  }
  expect_refusal(change(byte_level(), [](Metadata& m) { m.types.pop_back(); }), "token_type");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.types.push_back(1); }), "token_type");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.types[1] = 7; }), "token_type");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.types[1] = -1; }), "token_type");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.tokens[1] = "b"; }), "\"b\"");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.ids = {{"bos_token_id", 10}}; }), "bos_token_id");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.ids = {{"eos_token_id", 4294967295u}}; }), "eos_token_id");
  expect_refusal(change(byte_level(), [](Metadata& m) { m.ids = {{"padding_token_id", 99}}; }), "padding_token_id");
  expect_refusal(change(byte_level(),
                        [](Metadata& m) {
                          m.ids = {};
                          m.flags = {{"add_bos_token", true}};
                        }),
                 "add_bos_token");
  expect_refusal(change(sentencepiece(), [](Metadata& m) { m.scores.pop_back(); }), "scores");
  expect_refusal(change(sentencepiece(), [](Metadata& m) { m.scores.clear(); }), "scores");
  expect_refusal(change(sentencepiece(), [](Metadata& m) { m.scores[5] = std::numeric_limits<float>::quiet_NaN(); }),
                 "scores");
  expect_refusal(change(unigram(), [](Metadata& m) { m.charsmap = "abc"; }), "precompiled_charsmap");
  expect_refusal(change(unigram(), [](Metadata& m) { m.charsmap = std::string("\xff\xff\xff\xff", 4) + "abcd"; }),
                 "precompiled_charsmap");
  expect_refusal(change(unigram(), [](Metadata& m) { m.charsmap = std::string("\0\0\0\0", 4) + "abcd"; }),
                 "precompiled_charsmap");
}

TEST(LoadGgufTokenizer, SurvivesAnyCharsmap) {
  Metadata m = unigram();
  const std::string whole = small_charsmap();
  for (std::size_t i = 0; i < 200; ++i) {
    m.charsmap = whole;
    // Units that point far outside, at themselves, or at replacements that do not end.
    m.charsmap[4 + (i * 37) % (whole.size() - 4)] = static_cast<char>(i * 73 + 255);
    m.charsmap.back() = i % 2 == 0 ? '\0' : 'q';
    const auto tokenizer = m.load();
    EXPECT_NO_THROW(encode(*tokenizer, "A AB aA\u4f60 B\xff"));
  }
}

TEST(LoadGgufTokenizer, AcceptsAnEmptyVocabulary) {
  Metadata m;
  m.merges = Strings{};
  const auto tokenizer = m.load();
  EXPECT_EQ(tokenizer->vocab_size(), 0);
  EXPECT_EQ(encode(*tokenizer, "abc", true, true), Ids{});
}

TEST(LoadGgufTokenizer, NamesEmptyTokens) {
  Metadata m = byte_level();
  m.tokens[6] = "";
  m.merges = Strings{"a b"};
  EXPECT_EQ(m.load()->token_text(6), "[EMPTY_6]");
}

}  // namespace
}  // namespace hearth
