#include "text/decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hearth/error.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

struct Case {
  const char* decoder;
  std::vector<std::string> tokens;
  std::string expected;
};

// Expected values: Hugging Face tokenizers 0.23.1.
const std::vector<Case> kCases = {
    {R"j(null)j", {"a", "b"}, "a b"},
    {R"j({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})j",
     {"\u0120h", "\u00c3", "\u00a9", "\u4f60", "\u010a", "\u00c3"},
     " h\u00e9\u4f60\n\ufffd"},
    {R"j({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})j",
     {"\u2581\u2581a", "\u2581b", "<0xE4>", "<0xBD>", "<0xA0>", "c", "<0xE4>", "<0xBD>", "d"},
     " a b\u4f60c\ufffd\ufffdd"},
    {R"j({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})j",
     {"<0xE4>", "<0xBD>", "<0xA0>", "<0xFF>"},
     "\ufffd\ufffd\ufffd\ufffd"},
    {R"j({"type":"ByteFallback"})j", {"<0x41>", "<0x6a>", "<0x6G>"}, "Aj<0x6G>"},
    {R"j({"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"e","start":2,"stop":1}]})j",
     {"ee", "ea", "be", "e"},
     "eabe"},
    {R"j({"type":"Strip","content":"e","start":1,"stop":1})j", {"ee", "eae", "b"}, "ab"},
    {R"j({"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"abc"},"content":"-"}]})j",
     {"xa", "b", "cab", "cc"},
     "x--c"},
    {R"j({"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"Regex":"a+"},"content":"-"}]})j",
     {"xa", "a", "b"},
     "x-b"},
    {R"j({"type":"WordPiece","prefix":"##","cleanup":true})j",
     {"##a", "b", "##c", ".", "do", "not", "n't", "'s"},
     "##a bc. do notn't's"},
    {R"j({"type":"WordPiece","prefix":"##","cleanup":false})j", {"a", "##b", ".", "c"}, "ab . c"},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true})j",
     {"\u2581a\u2581", "\u2581b", "c"},
     "a bc"},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true})j",
     {"\u2581a", "\u2581b"},
     " a b"},
    {R"j({"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true})j",
     {"\u2581a", "\u2581b"},
     "a b"},
    {R"j({"type":"BPEDecoder","suffix":"</w>"})j", {"a", "b</w>", "c</w>"}, "ab c"},
    {R"j({"type":"BPEDecoder","suffix":"</w>"})j", {"a</w>", "b"}, "a b"},
};

std::unique_ptr<const Tokenizer> tokenizer_for(const Case& c, std::vector<TokenId>& ids) {
  json::object vocabulary;
  for (const std::string& token : c.tokens) {
    const auto [entry, inserted] = vocabulary.emplace(token, static_cast<std::int64_t>(vocabulary.size()));
    ids.push_back(entry->value().to_number<TokenId>());
  }
  json::object document;
  document["decoder"] = parse_json(c.decoder, "test");
  document["model"] = json::object({{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", "[UNK]"}});
  return parse_tokenizer_json(json::serialize(document), "test");
}

TEST(Decoder, AnswersAsHuggingFaceTokenizers) {
  for (const Case& c : kCases) {
    std::vector<TokenId> ids;
    const auto tokenizer = tokenizer_for(c, ids);
    EXPECT_EQ(tokenizer->decode(ids), c.expected) << c.decoder;
    EXPECT_EQ(tokenizer->decode({}), "") << c.decoder;
  }
}

TEST(Decoder, StreamsTheSameText) {
  for (const Case& c : kCases) {
    std::vector<TokenId> ids;
    const auto tokenizer = tokenizer_for(c, ids);
    // Any order of the tokens, not only the one that makes sense.
    for (std::size_t rotation = 0; rotation < ids.size(); ++rotation) {
      std::rotate(ids.begin(), ids.begin() + 1, ids.end());
      StreamingDetokenizer stream(*tokenizer, false);
      std::string text;
      for (const TokenId id : ids) text += stream.push(id);
      text += stream.finish();
      EXPECT_EQ(text, tokenizer->decode(ids)) << c.decoder;
    }
  }
}

TEST(Decoder, KnowsTheBytesOfATokenInTheMiddle) {
  const auto middle = [](const char* decoder, const char* token) {
    return decode_middle(load_decoder(parse_json(decoder, "test"), "test"), token);
  };
  const char* llama = R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
                          {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})";
  EXPECT_EQ(middle(llama, "\u2581the"), " the");
  EXPECT_EQ(middle(llama, "<0xE4>"), "\xE4");
  EXPECT_EQ(middle(R"({"type":"ByteLevel"})", "\u0120\u00e4"), " \xE4");
  EXPECT_EQ(middle(R"({"type":"WordPiece"})", "##ing"), "ing");
  EXPECT_EQ(middle(R"({"type":"WordPiece"})", "go"), " go");
  EXPECT_EQ(middle(R"({"type":"WordPiece"})", "."), ".");
  EXPECT_EQ(middle(R"({"type":"Metaspace"})", "\u2581a"), " a");
  EXPECT_EQ(middle(R"({"type":"BPEDecoder"})", "a</w>"), "a ");
  EXPECT_TRUE(strips_leading_space(load_decoder(parse_json(llama, "test"), "test")));
  EXPECT_TRUE(strips_leading_space(load_decoder(parse_json(R"({"type":"Metaspace"})", "test"), "test")));
  EXPECT_FALSE(strips_leading_space(load_decoder(parse_json(R"({"type":"ByteLevel"})", "test"), "test")));
}

TEST(Decoder, RefusesWhatItDoesNotKnow) {
  const auto load = [](const char* text) { return load_decoder(parse_json(text, "test"), "file: decoder"); };
  try {
    load(R"({"type":"CTC"})");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("CTC"), std::string::npos);
  }
  EXPECT_THROW(load("7"), Error);
  EXPECT_THROW(load(R"({"type":"Strip","content":"","start":1,"stop":0})"), Error);
  EXPECT_THROW(load(R"({"type":"Strip","content":" ","start":-1,"stop":0})"), Error);
  EXPECT_THROW(load(R"({"type":"Strip","content":" ","start":4000000000000,"stop":0})"), Error);
  EXPECT_THROW(load(R"({"type":"BPEDecoder","suffix":""})"), Error);
  EXPECT_THROW(load(R"({"type":"Sequence"})"), Error);
}

}  // namespace
}  // namespace hearth
