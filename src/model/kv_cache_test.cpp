#include "model/kv_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "hearth/error.h"

namespace hearth {
namespace {

TransformerSpec small_spec() {
  TransformerSpec spec;
  spec.n_layer = 3;
  spec.n_head = spec.n_head_kv = 2;
  spec.head_dim = 5;
  return spec;
}

TEST(KvCache, PagesAreSeparateForEachLayerAndKind) {
  KvPagePool pool(small_spec(), DType::kF16);
  KvSequence sequence(pool);
  sequence.grow(kKvPageTokens + 1);
  const std::size_t bytes = row_bytes(DType::kF16, 2 * kKvPageTokens * 5);
  std::set<std::byte*> begins;
  for (std::int64_t layer = 0; layer < 3; ++layer) {
    for (const std::int64_t cell : {std::int64_t{0}, kKvPageTokens}) {
      for (std::byte* page : {sequence.k_page(layer, cell), sequence.v_page(layer, cell)}) {
        EXPECT_TRUE(begins.insert(page).second);
        std::memset(page, 1, bytes);  // AddressSanitizer sees a page that is too small
      }
    }
    EXPECT_EQ(sequence.layer(layer).k_pages[1], sequence.k_page(layer, kKvPageTokens));
    EXPECT_EQ(sequence.layer(layer).v_pages[0], sequence.v_page(layer, kKvPageTokens - 1));
  }
}

TEST(KvCache, GivesPagesBackAndUsesThemAgain) {
  KvPagePool pool(small_spec(), DType::kF32);
  {
    KvSequence sequence(pool);
    sequence.grow(3 * kKvPageTokens);
    EXPECT_EQ(pool.bytes_in_use(), 3 * pool.page_bytes());
    const std::byte* first = sequence.k_page(0, 0);
    sequence.truncate(kKvPageTokens);
    EXPECT_EQ(pool.bytes_in_use(), pool.page_bytes());
    EXPECT_EQ(sequence.size(), kKvPageTokens);
    sequence.grow(kKvPageTokens + 1);
    EXPECT_EQ(sequence.k_page(0, 0), first);
  }
  EXPECT_EQ(pool.bytes_in_use(), 0U);
}

TEST(KvCache, RefusesOtherTypes) { EXPECT_THROW(KvPagePool(small_spec(), DType::kQ4_0), Error); }

}  // namespace
}  // namespace hearth
