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
  for (const DType dtype : {DType::kF16, DType::kI8}) {
    KvPagePool pool(small_spec(), dtype);
    KvSequence sequence(pool);
    sequence.grow(kKvPageTokens + 1);
    const std::size_t bytes = 2 * kv_head_bytes(dtype, 5);
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
}

TEST(KvCache, EightBitsTakeHalfOfSixteenAndAScaleARow) {
  TransformerSpec spec = small_spec();
  spec.head_dim = 64;
  EXPECT_EQ(kv_page_bytes(spec, DType::kF16), 3U * 2 * 2 * 64 * 64 * 2);
  EXPECT_EQ(kv_page_bytes(spec, DType::kI8), 3U * 2 * 2 * 64 * (64 + 4));
  EXPECT_THROW(KvPagePool(spec, DType::kQ8_0), Error);
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

TEST(KvCache, AWholePageIsSharedAndAPartialOneCopied) {
  KvPagePool pool(small_spec(), DType::kF32);
  KvSequence first(pool), second(pool);
  first.grow(kKvPageTokens + 10);
  std::memset(first.k_page(0, 0), 1, 4);
  std::memset(first.k_page(0, kKvPageTokens), 2, 4);
  second.adopt(first.pages(), kKvPageTokens + 5);
  EXPECT_EQ(pool.bytes_in_use(), 2 * pool.page_bytes());
  EXPECT_EQ(second.pages_to_reserve(kKvPageTokens + 6), 1U);
  second.grow(kKvPageTokens + 6);
  EXPECT_EQ(pool.bytes_in_use(), 3 * pool.page_bytes());
  EXPECT_EQ(second.k_page(0, 0), first.k_page(0, 0));
  ASSERT_NE(second.k_page(0, kKvPageTokens), first.k_page(0, kKvPageTokens));
  EXPECT_EQ(second.layer(0).k_pages[1], second.k_page(0, kKvPageTokens));
  EXPECT_EQ(std::memcmp(second.k_page(0, kKvPageTokens), first.k_page(0, kKvPageTokens), 4), 0);
  // Now each has its own: nobody copies any more.
  EXPECT_EQ(first.pages_to_reserve(2 * kKvPageTokens), 0U);
}

TEST(KvCache, BeforeItWritesIntoWhatOthersReadItCopies) {
  KvPagePool pool(small_spec(), DType::kF32);
  KvSequence first(pool), second(pool);
  first.grow(2 * kKvPageTokens);
  second.adopt(first.pages(), 2 * kKvPageTokens);
  const std::byte* shared = first.k_page(0, 0);
  first.truncate(3);
  first.grow(4);
  EXPECT_NE(first.k_page(0, 0), shared);
  EXPECT_EQ(second.k_page(0, 0), shared);
  EXPECT_EQ(pool.bytes_in_use(), 3 * pool.page_bytes());
}

TEST(KvCache, AFullPoolSaysHowLargeItIs) {
  const std::size_t page = kv_page_bytes(small_spec(), DType::kF32);
  KvPagePool pool(small_spec(), DType::kF32, 3 * page - 1);
  EXPECT_EQ(pool.available(), 2U);
  KvSequence sequence(pool);
  try {
    sequence.grow(2 * kKvPageTokens + 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
    EXPECT_NE(error.message().find(std::to_string(3 * page - 1)), std::string::npos);
  }
  EXPECT_EQ(sequence.size(), 0);
  sequence.grow(2 * kKvPageTokens);  // what it took stays its own
  EXPECT_EQ(pool.available(), 0U);
}

TEST(KvCache, TrimmingFreesWhatNobodyUses) {
  KvPagePool pool(small_spec(), DType::kF32);
  KvSequence kept(pool);
  kept.grow(1);
  {
    KvSequence other(pool);
    other.grow(5 * kKvPageTokens);
  }
  EXPECT_EQ(pool.bytes_held(), 6 * pool.page_bytes());
  pool.trim();
  EXPECT_EQ(pool.bytes_held(), pool.page_bytes());
  kept.grow(3 * kKvPageTokens);
  EXPECT_EQ(pool.bytes_held(), 3 * pool.page_bytes());
}

TEST(KvCache, APageOfEqualContentIsTakenInPlace) {
  KvPagePool pool(small_spec(), DType::kF32);
  KvSequence first(pool), second(pool);
  first.grow(kKvPageTokens);
  second.grow(kKvPageTokens);
  second.replace_page(0, first.pages()[0]);
  EXPECT_EQ(pool.bytes_in_use(), pool.page_bytes());
  EXPECT_EQ(second.layer(2).v_pages[0], first.layer(2).v_pages[0]);
}

TEST(KvCache, RefusesOtherTypes) { EXPECT_THROW(KvPagePool(small_spec(), DType::kQ4_0), Error); }

}  // namespace
}  // namespace hearth
