#include <gtest/gtest.h>

#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/unicode.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

/// A tokenizer of single bytes and a few longer pieces, which says only what every tokenizer must.
class ByteTokenizer final : public Tokenizer {
 public:
  explicit ByteTokenizer(bool strips) : strips_(strips) {
    for (int byte = 0; byte < 256; ++byte) pieces_.emplace_back(1, static_cast<char>(byte));
    for (const char* piece : {" the", "\u4f60", "\xe4\xbd", "\xa0x", "\xf0\x9f", "\x98\x80", "", "</s>"})
      pieces_.emplace_back(piece);
  }
  std::vector<TokenId> encode(std::string_view, const EncodeOptions&) const override { return {}; }
  std::string decode(std::span<const TokenId> ids, bool skip_special) const override {
    std::string bytes;
    for (const TokenId id : ids) {
      if (!skip_special || !is_special(id)) bytes += token_bytes(id);
    }
    if (strips_ && bytes.starts_with(' ')) bytes.erase(0, 1);
    return replace_invalid_utf8(bytes);
  }
  std::string token_bytes(TokenId id) const override { return pieces_.at(static_cast<std::size_t>(id)); }
  bool strips_leading_space() const override { return strips_; }
  std::int64_t vocab_size() const override { return static_cast<std::int64_t>(pieces_.size()); }
  std::string_view token_text(TokenId id) const override { return pieces_[static_cast<std::size_t>(id)]; }
  std::optional<TokenId> find(std::string_view) const override { return std::nullopt; }
  bool is_special(TokenId id) const override { return id + 1 == vocab_size(); }
  std::optional<TokenId> bos() const override { return std::nullopt; }
  std::optional<TokenId> eos() const override { return std::nullopt; }
  std::string_view kind() const override { return "bytes"; }

 private:
  bool strips_;
  std::vector<std::string> pieces_;
};

TEST(StreamingDetokenizer, PiecesAreWholeCharactersAndMakeTheText) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const ByteTokenizer tokenizer(round % 2 == 0);
    std::vector<TokenId> ids;
    for (unsigned n = random() % 12; n > 0; --n) {
      ids.push_back(static_cast<TokenId>(random() % 3 == 0 ? random() % 256 : 256 + random() % 8));
    }
    const bool skip_special = round % 3 == 0;
    StreamingDetokenizer stream(tokenizer, skip_special);
    std::string text;
    for (const TokenId id : ids) {
      const std::string piece = stream.push(id);
      EXPECT_TRUE(is_valid_utf8(piece));
      text += piece;
    }
    text += stream.finish();
    EXPECT_EQ(text, tokenizer.decode(ids, skip_special));
  }
}

TEST(StreamingDetokenizer, GivesACharacterAsSoonAsItIsWhole) {
  const ByteTokenizer tokenizer(false);
  StreamingDetokenizer stream(tokenizer);
  EXPECT_EQ(stream.push(0xF0), "");
  EXPECT_EQ(stream.push(0x9F), "");
  EXPECT_EQ(stream.push(0x98), "");
  EXPECT_EQ(stream.push(0x80), "\U0001F600");
  EXPECT_EQ(stream.push('a'), "a");
  EXPECT_EQ(stream.push(0xE4), "");
  EXPECT_EQ(stream.push('b'),
            "\uFFFD"
            "b");
  EXPECT_EQ(stream.push(0xE4), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
}

}  // namespace
}  // namespace hearth
