#include "engine/prefix_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace hearth {
namespace {

TransformerSpec small_spec() {
  TransformerSpec spec;
  spec.n_layer = 1;
  spec.n_head = spec.n_head_kv = 1;
  spec.head_dim = 2;
  return spec;
}

constexpr std::size_t kPage = static_cast<std::size_t>(kKvPageTokens);

/// first, first + 1 …
std::vector<TokenId> count(TokenId first, std::size_t n) {
  std::vector<TokenId> ids(n);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

std::vector<TokenId> joined(std::vector<TokenId> a, const std::vector<TokenId>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class PrefixCacheTest : public ::testing::Test {
 protected:
  void keep(const std::vector<TokenId>& tokens, bool tail = true, const PrefixKey& key = {}) {
    KvSequence kv(pool_);
    kv.grow(static_cast<std::int64_t>(tokens.size()));
    cache_.insert(key, tokens, kv, tail);
  }
  std::int64_t known(const std::vector<TokenId>& tokens, const PrefixKey& key = {}) {
    return cache_.find(key, tokens, static_cast<std::int64_t>(tokens.size())).tokens;
  }

  KvPagePool pool_{small_spec(), DType::kF32};
  PrefixCache cache_{8};
};

TEST_F(PrefixCacheTest, FindsTheLongestBeginning) {
  const std::vector<TokenId> long_text = count(0, 2 * kPage + 20);
  keep(long_text);
  EXPECT_EQ(known(long_text), static_cast<std::int64_t>(2 * kPage + 20));
  EXPECT_EQ(known(count(0, 2 * kPage + 40)), static_cast<std::int64_t>(2 * kPage + 20));
  EXPECT_EQ(known(count(0, kPage + 7)), static_cast<std::int64_t>(kPage + 7));  // a part of a whole page
  EXPECT_EQ(known(joined(count(0, kPage + 7), {9999})), static_cast<std::int64_t>(kPage + 7));
  EXPECT_EQ(known(joined(count(0, 2 * kPage + 3), {9999})), static_cast<std::int64_t>(2 * kPage + 3));
  EXPECT_EQ(known(count(1, kPage)), 0);
  EXPECT_EQ(known({}), 0);
  EXPECT_EQ(cache_.tokens(), static_cast<std::int64_t>(2 * kPage + 20));
}

TEST_F(PrefixCacheTest, GivesNoMoreThanIsWanted) {
  keep(count(0, 2 * kPage));
  const std::vector<TokenId> tokens = count(0, 2 * kPage);
  EXPECT_EQ(cache_.find({}, tokens, static_cast<std::int64_t>(2 * kPage - 1)).tokens,
            static_cast<std::int64_t>(2 * kPage - 1));
  const PrefixCache::Match one = cache_.find({}, tokens, static_cast<std::int64_t>(kPage));
  EXPECT_EQ(one.pages.size(), 1U);
  EXPECT_EQ(cache_.find({}, tokens, 0).pages.size(), 0U);
}

TEST_F(PrefixCacheTest, TextsThatPartShareTheirBeginning) {
  const std::vector<TokenId> common = count(0, kPage);
  KvSequence first(pool_), second(pool_);
  first.grow(2 * kKvPageTokens);
  second.grow(2 * kKvPageTokens);
  cache_.insert({}, joined(common, count(1000, kPage)), first, false);
  cache_.insert({}, joined(common, count(2000, kPage)), second, false);
  EXPECT_EQ(second.pages()[0], first.pages()[0]);  // and its own one is free again
  EXPECT_NE(second.pages()[1], first.pages()[1]);
  EXPECT_EQ(pool_.bytes_in_use(), 3 * pool_.page_bytes());
  EXPECT_EQ(known(joined(common, count(2000, 5))), kKvPageTokens + 5);
}

TEST_F(PrefixCacheTest, AnEndThatGoesOnIsReplaced) {
  keep(count(0, kPage + 10));
  keep(count(0, kPage + 30));
  EXPECT_EQ(cache_.pages(), 2U);
  keep(count(0, kPage + 20));  // known already
  EXPECT_EQ(cache_.pages(), 2U);
  keep(count(0, 2 * kPage));
  EXPECT_EQ(cache_.pages(), 2U);
  EXPECT_EQ(cache_.tokens(), static_cast<std::int64_t>(2 * kPage));
  keep(count(0, kPage + 3), false);
  EXPECT_EQ(cache_.pages(), 2U);
}

TEST_F(PrefixCacheTest, OnlyEqualStatesAreShared) {
  const Adapter adapter;
  keep(count(0, kPage), true, {.long_rope = true});
  EXPECT_EQ(known(count(0, kPage)), 0);
  EXPECT_EQ(known(count(0, kPage), {.long_rope = true, .adapter = &adapter}), 0);
  EXPECT_EQ(known(count(0, kPage), {.long_rope = true}), kKvPageTokens);
}

TEST_F(PrefixCacheTest, WhatWasUsedLeastRecentlyGoesFirstAndLeavesBeforeStems) {
  for (const TokenId first : {0, 1000, 2000, 3000}) keep(count(first, 2 * kPage));  // 8 pages: full
  EXPECT_EQ(known(count(0, 2 * kPage)), static_cast<std::int64_t>(2 * kPage));      // used again
  keep(count(4000, kPage));
  EXPECT_EQ(cache_.pages(), 8U);
  EXPECT_EQ(known(count(1000, 2 * kPage)), kKvPageTokens);  // the leaf of the oldest went
  EXPECT_EQ(known(count(0, 2 * kPage)), static_cast<std::int64_t>(2 * kPage));
}

TEST_F(PrefixCacheTest, PagesInUseStay) {
  keep(count(0, 2 * kPage));
  const PrefixCache::Match used = cache_.find({}, count(0, kPage), kKvPageTokens);
  EXPECT_EQ(cache_.evictable(), 1U);
  EXPECT_TRUE(cache_.evict());
  EXPECT_FALSE(cache_.evict());
  EXPECT_EQ(cache_.pages(), 1U);
  cache_.clear();
  EXPECT_EQ(cache_.tokens(), 0);
  EXPECT_EQ(pool_.bytes_in_use(), pool_.page_bytes());  // still the user's
}

TEST_F(PrefixCacheTest, ADeepTreeGoesWithoutDeepRecursion) {
  KvPagePool pool(small_spec(), DType::kF32);
  PrefixCache cache(1 << 20);
  const std::vector<TokenId> tokens = count(0, 20000 * kPage);
  KvSequence kv(pool);
  kv.grow(static_cast<std::int64_t>(tokens.size()));
  cache.insert({}, tokens, kv, false);
  EXPECT_EQ(cache.pages(), 20000U);
}

}  // namespace
}  // namespace hearth
