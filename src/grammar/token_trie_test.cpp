#include "grammar/token_trie.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace hearth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What the trie says, walked node by node: bytes and ids.
std::map<std::string, std::vector<TokenId>> contents(const TokenTrie& trie) {
  std::map<std::string, std::vector<TokenId>> all;
  std::string path;
  for (std::uint32_t i = 1; i < trie.n_nodes(); ++i) {
    const TokenTrie::Node& node = trie.nodes()[i];
    path.resize(node.depth - 1U);
    path += static_cast<char>(node.byte);
    for (const TokenId id : trie.tokens_at(i)) all[path].push_back(id);
  }
  return all;
}

TEST(TokenTrie, HoldsEveryTokenOnce) {
  const TokenTrie trie({{"ab", 7}, {"a", 3}, {"abc", 1}, {"b", 2}, {"ab", 9}, {"", 4}, {"ba", 5}});
  const std::map<std::string, std::vector<TokenId>> expected = {
      {"a", {3}}, {"ab", {7, 9}}, {"abc", {1}}, {"b", {2}}, {"ba", {5}}};
  EXPECT_EQ(contents(trie), expected);
  EXPECT_EQ(trie.n_nodes(), 6U);  // the root, a, ab, abc, b, ba
  EXPECT_EQ(trie.max_depth(), 3U);
  EXPECT_THAT(trie.tokens_at(0), IsEmpty());
  EXPECT_THAT(trie.tokens_below(1), ElementsAre(3, 7, 9, 1));
  EXPECT_THAT(trie.tokens_below(2), ElementsAre(7, 9, 1));
  EXPECT_TRUE(trie.has_children(1));
  EXPECT_FALSE(trie.has_children(3));
  EXPECT_EQ(trie.tokens_below(0).size(), 6U);
}

TEST(TokenTrie, WithoutTokensIsARootAlone) {
  const TokenTrie trie({});
  EXPECT_EQ(trie.n_nodes(), 1U);
  EXPECT_FALSE(trie.has_children(0));
  EXPECT_THAT(trie.tokens_below(0), IsEmpty());
}

TEST(TokenTrie, LeavesOutWhatIsLongerThanItCanCount) {
  const TokenTrie trie({{std::string(60'001, 'x'), 1}, {std::string(60'000, 'x'), 2}});
  EXPECT_THAT(trie.tokens_below(0), ElementsAre(2));
  EXPECT_EQ(trie.max_depth(), 60'000U);
}

TEST(TokenTrie, EqualsAMapForRandomTokens) {
  std::mt19937 random(1);
  std::map<std::string, std::vector<TokenId>> expected;
  std::vector<TokenTrie::Entry> entries;
  for (TokenId id = 0; id < 2000; ++id) {
    std::string bytes;
    for (std::uint32_t n = random() % 6; n > 0; --n) bytes += static_cast<char>(random() % 3 * 127);
    entries.emplace_back(bytes, id);
    if (!bytes.empty()) expected[bytes].push_back(id);
  }
  const TokenTrie trie(entries);
  EXPECT_EQ(contents(trie), expected);
  for (std::uint32_t i = 0; i < trie.n_nodes(); ++i) {  // the subtree is what is deeper and follows
    const auto& nodes = trie.nodes();
    std::uint32_t end = i + 1;
    while (end < trie.n_nodes() && nodes[end].depth > nodes[i].depth) ++end;
    ASSERT_EQ(nodes[i].end, end);
  }
}

}  // namespace
}  // namespace hearth
