#include "text/vocabulary.h"

#include <gtest/gtest.h>

#include "hearth/error.h"
#include "text/byte_alphabet.h"
#include "text/byte_tokens.h"
#include "text/byte_trie.h"
#include "text/piece_cache.h"

namespace hearth {
namespace {

TEST(Vocabulary, MapsBothWaysAndKnowsHoles) {
  Vocabulary vocabulary("test", 2);
  vocabulary.add("a", 0);
  vocabulary.add("b", 5);
  EXPECT_EQ(vocabulary.size(), 6);
  EXPECT_EQ(vocabulary.count(), 2u);
  EXPECT_EQ(vocabulary.find("b"), 5);
  EXPECT_EQ(vocabulary.find("c"), std::nullopt);
  EXPECT_EQ(vocabulary.text(5), "b");
  EXPECT_EQ(vocabulary.text(3), "");
  EXPECT_FALSE(vocabulary.contains(3));
  EXPECT_FALSE(vocabulary.contains(-1));
  EXPECT_FALSE(vocabulary.contains(6));
}

TEST(Vocabulary, RefusesWhatCannotBe) {
  Vocabulary vocabulary("test", 2);
  vocabulary.add("a", 0);
  EXPECT_THROW(vocabulary.add("b", 0), Error);
  EXPECT_THROW(vocabulary.add("a", 1), Error);
  EXPECT_THROW(vocabulary.add("c", -1), Error);
  EXPECT_THROW(vocabulary.add("c", 2'000'000'000), Error);
  EXPECT_THROW(vocabulary.add("c", std::int64_t{1} << 40), Error);
  vocabulary.add("a", 1, Vocabulary::Repeated::kLastCounts);
  EXPECT_EQ(vocabulary.find("a"), 1);
  EXPECT_EQ(vocabulary.text(0), "a");
}

TEST(ByteAlphabet, IsGpt2s) {
  std::string text;
  append_byte_alphabet(text, std::string("\0 \n!~\x7f\xa0\xad\xff", 9));
  // bytes_to_unicode() of openai/gpt-2.
  EXPECT_EQ(text, "\u0100\u0120\u010a!~\u0121\u0142\u0143\u00ff");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  text.clear();
  append_byte_alphabet(text, all);
  EXPECT_EQ(bytes_of_alphabet(text), all);
  EXPECT_EQ(bytes_of_alphabet("a b"), std::nullopt);
  EXPECT_EQ(bytes_of_alphabet("\u4f60"), std::nullopt);
  EXPECT_EQ(bytes_of_alphabet("\u0144"), std::nullopt);
  EXPECT_EQ(bytes_of_alphabet("\xff"), std::nullopt);
}

TEST(ByteTokens, AreHexadecimal) {
  EXPECT_EQ(byte_token(0x0A), "<0x0A>");
  EXPECT_EQ(byte_token(0xFE), "<0xFE>");
  EXPECT_EQ(byte_of_token("<0xfE>"), 0xFE);
  for (const char* text : {"<0x0A", "<0x0G>", "0x0A>>", "<0x00A>", "", "<0x>"})
    EXPECT_EQ(byte_of_token(text), std::nullopt) << text;
}

TEST(ByteTrie, FindsEveryPrefix) {
  const ByteTrie trie({{"a", 1}, {"abc", 2}, {"b", 3}, {"abc", 4}, {"", 5}, {"\xff", 6}});
  std::vector<std::pair<std::size_t, std::int32_t>> found;
  trie.each_prefix("abcd", [&found](std::size_t length, std::int32_t value) { found.emplace_back(length, value); });
  EXPECT_EQ(found, (std::vector<std::pair<std::size_t, std::int32_t>>{{1, 1}, {3, 4}}));
  EXPECT_EQ(trie.longest_prefix("ab").value, 1);
  EXPECT_EQ(trie.longest_prefix("\xff\xff").value, 6);
  EXPECT_EQ(trie.longest_prefix("c").length, 0u);
  EXPECT_TRUE(ByteTrie().empty());
  EXPECT_FALSE(trie.may_start('c'));
  // A node with an edge for every byte.
  std::vector<std::string> keys;
  keys.reserve(256);
  std::vector<std::pair<std::string_view, std::int32_t>> entries;
  for (int byte = 0; byte < 256; ++byte) keys.push_back(std::string("x") + static_cast<char>(byte));
  for (int byte = 0; byte < 256; byte += 3) entries.emplace_back(keys[static_cast<std::size_t>(byte)], byte);
  const ByteTrie wide(std::move(entries));
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(wide.longest_prefix(keys[static_cast<std::size_t>(byte)]).value, byte % 3 == 0 ? byte : ByteTrie::kNone);
  }
}

TEST(PieceCache, RemembersOrForgetsButNeverErrs) {
  PieceCache cache(100'000);
  for (int i = 0; i < 100'000; ++i) {
    const std::string piece = "piece" + std::to_string(i);
    const std::vector<TokenId> ids = {i, i + 1};
    cache.insert(piece, ids);
    std::vector<TokenId> out = {7};
    ASSERT_TRUE(cache.find(piece, out));
    ASSERT_EQ(out, (std::vector<TokenId>{7, i, i + 1}));
    const int earlier = i / 2;
    out.clear();
    if (cache.find("piece" + std::to_string(earlier), out)) {
      ASSERT_EQ(out, (std::vector<TokenId>{earlier, earlier + 1}));
    }
  }
  std::vector<TokenId> out;
  EXPECT_FALSE(cache.find("unknown", out));
  EXPECT_FALSE(PieceCache(10).find("a", out));
}

}  // namespace
}  // namespace hearth
