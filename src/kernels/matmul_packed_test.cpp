#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/matmul.h"
#include "kernels/packed_layout.h"
#include "kernels/packed_matrix.h"
#include "kernels/product_tests.h"
#include "kernels/random_weights.h"
#include "kernels/table_tests.h"

namespace hearth {
namespace {

using testing::expect_product;
using testing::random_floats;
using testing::random_weights;
using testing::rounded;

constexpr std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

std::vector<DType> packable() {
  std::vector<DType> all;
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    if (can_pack(static_cast<DType>(i))) all.push_back(static_cast<DType>(i));
  }
  return all;
}

/// Only the packed weights can be used: the tensor beside them points nowhere.
std::vector<float> multiply(const std::vector<float>& x, std::int64_t n_tokens, const PackedMatrix& w,
                            const float* bias, KernelContext& context) {
  std::vector<float> y(size(n_tokens * w.n_out), std::numeric_limits<float>::quiet_NaN());
  const Tensor none{w.dtype, {w.n_out, w.n_in}, nullptr, nullptr};
  const Product product{none, w, bias, y.data(), w.n_out};
  matmul(x.data(), w.n_in, n_tokens, {&product, 1}, context);
  return y;
}

/// The tables that have what `has` looks for.
template <typename Has>
std::vector<const KernelTable*> tables_with(const Has& has) {
  std::vector<const KernelTable*> all = testing::tables_and_emulations();
  std::erase_if(all, [&](const KernelTable* table) { return !has(*table); });
  return all;
}

/// Tables that read packed weights; the portable one does not.
class PackedMatmul : public testing::EveryTable {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PackedMatmul);
INSTANTIATE_TEST_SUITE_P(Tables, PackedMatmul, ::testing::ValuesIn(tables_with([](const KernelTable& table) {
                           return table.matmul_packed[static_cast<std::size_t>(DType::kQ4_0)] != nullptr;
                         })),
                         testing::table_name);

/// Those that multiply tiles.
class TileMatmul : public testing::EveryTable {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TileMatmul);
INSTANTIATE_TEST_SUITE_P(Tables, TileMatmul, ::testing::ValuesIn(tables_with([](const KernelTable& table) {
                           return table.packed_scratch_bytes != nullptr;
                         })),
                         testing::table_name);

TEST_P(TileMatmul, GivesTheBitsOfVectors) {
  for (const DType dtype : packable()) {  // else equal results would say nothing
    const auto i = static_cast<std::size_t>(dtype);
    ASSERT_NE(table().matmul_packed[i], kernel_table("avx512").matmul_packed[i]) << dtype_name(dtype);
  }
  ThreadPool pool(2);
  KernelContext tiles{pool, table()};
  KernelContext vectors{pool, kernel_table("avx512")};
  unsigned seed = 400;
  for (const DType dtype : packable()) {
    const bool small = dtype_info(dtype).block == 32;
    // Whole tiles of tokens, tails that tiles take and tails that vectors take; groups that fill their fours and not;
    // rows of a tile and of several blocks of panels.
    for (const std::int64_t n_tokens : {7, 8, 15, 16, 17, 23, 24, 31, 64, 71}) {
      for (const std::int64_t n_in :
           {std::int64_t{small ? 32 : 256}, std::int64_t{small ? 1120 : 1280}, std::int64_t{4096}}) {
        const std::int64_t n_out = n_in == 4096 ? 193 : 37;
        const PackedMatrix w = pack(random_weights(dtype, n_out, n_in, ++seed));
        const std::vector<float> x = random_floats(size(n_tokens * n_in), seed + 1);
        const std::vector<float> bias = random_floats(size(n_out), seed + 2);
        const std::vector<float> expected = multiply(x, n_tokens, w, bias.data(), vectors);
        ASSERT_EQ(
            std::memcmp(multiply(x, n_tokens, w, bias.data(), tiles).data(), expected.data(), 4 * expected.size()), 0)
            << dtype_name(dtype) << " " << n_tokens << " tokens, " << n_in << " columns";
      }
    }
  }
}

TEST(PackedMatrix, IsAsLargeAsTheFile) {
  for (const DType dtype : packable()) {
    const std::size_t file = row_bytes(dtype, 2048) * 5632;
    const std::size_t packed = packed_bytes(dtype, 5632, 2048);
    EXPECT_GE(packed, file) << dtype_name(dtype);
    EXPECT_LE(static_cast<double>(packed), 1.01 * static_cast<double>(file)) << dtype_name(dtype);
    EXPECT_EQ(packed_bytes(dtype, 17, 512) % kPackedAlignment, 0U);
  }
}

TEST(PackedMatrix, TilesCanBePackedOneByOne) {
  for (const DType dtype : packable()) {
    const Tensor w = random_weights(dtype, 70, 512, 3);
    const PackedMatrix whole = pack(w);
    const std::size_t bytes = packed_bytes(dtype, 70, 512);
    std::vector<std::byte> parts(bytes, std::byte{0xAA});
    for (std::int64_t tile = 0; tile < packed_tiles(70); ++tile) {
      pack_tiles(w, tile, tile + 1, parts.data() + size(tile) * packed_bytes(dtype, 1, 512));
    }
    EXPECT_EQ(std::memcmp(parts.data(), whole.data, bytes), 0) << dtype_name(dtype);
  }
}

TEST_P(PackedMatmul, EveryValueIsThere) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (const DType dtype : packable()) {
    const std::int64_t n_in = dtype_info(dtype).block == 32 ? 416 : 512;
    const Tensor w = random_weights(dtype, 35, n_in, 11);
    // Each token is one unit vector, which 8 bits hold exactly: each result is one weight.
    std::vector<float> x(size(n_in * n_in), 0.0f);
    for (std::int64_t i = 0; i < n_in; ++i) x[size(i * n_in + i)] = 1;
    const std::vector<float> y = multiply(x, n_in, pack(w), nullptr, context);
    std::vector<float> row(size(n_in));
    for (std::int64_t o = 0; o < 35; ++o) {
      copy_row(w, o, row.data());
      for (std::int64_t i = 0; i < n_in; ++i) {
        // Scale, quant and minimum are multiplied and added in another order than in the reference.
        ASSERT_NEAR(y[size(i * 35 + o)], row[size(i)], 1e-6 * (std::abs(row[size(i)]) + 1.3))
            << dtype_name(dtype) << " row " << o << " column " << i;
      }
    }
  }
}

TEST_P(PackedMatmul, IsTheProductWithTheDequantisedWeights) {
  struct Dims {
    std::int64_t n_tokens, n_out, n_in;
  };
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  unsigned seed = 1;
  for (const DType dtype : packable()) {
    const std::vector<Dims> shapes = dtype_info(dtype).block == 32
                                         ? std::vector<Dims>{{1, 1, 32},   {1, 17, 96},  {2, 5, 256},  {3, 16, 288},
                                                             {5, 33, 544}, {9, 8, 1024}, {31, 35, 480}}
                                         : std::vector<Dims>{{1, 1, 256},  {1, 17, 512}, {2, 5, 768},  {3, 16, 256},
                                                             {5, 33, 512}, {9, 8, 1280}, {31, 35, 768}};
    for (const Dims& d : shapes) {
      const Tensor w = random_weights(dtype, d.n_out, d.n_in, ++seed);
      const std::vector<float> x = random_floats(size(d.n_tokens * d.n_in), seed + 100);
      const std::vector<float> bias = random_floats(size(d.n_out), seed + 200);
      const std::vector<float> y = multiply(x, d.n_tokens, pack(w), bias.data(), context);
      expect_product(y, rounded(x, d.n_in, activation_group(dtype)), w, bias);
    }
  }
}

TEST_P(PackedMatmul, ARowDoesNotDependOnItsNeighboursOrOnTheThreads) {
  ThreadPool one(1);
  ThreadPool three(3);
  KernelContext alone{one, table()};
  KernelContext shared{three, table()};
  for (const DType dtype : packable()) {
    const std::int64_t n_in = dtype_info(dtype).block == 32 ? 800 : 1280;
    constexpr std::int64_t kOut = 83;
    // More than the second-level cache holds of the longest rows: several blocks of tokens.
    constexpr std::int64_t kTokens = 301;
    const PackedMatrix w = pack(random_weights(dtype, kOut, n_in, 5));
    const std::vector<float> x = random_floats(size(kTokens * n_in), 6);
    const std::vector<float> bias = random_floats(kOut, 7);
    const std::vector<float> many = multiply(x, kTokens, w, bias.data(), shared);
    for (const std::int64_t n : {1, 2, 3, 4, 5, 8, 15, 37}) {
      for (std::int64_t first = 0; first + n <= kTokens; first += n) {
        const std::vector<float> few(x.begin() + first * n_in, x.begin() + (first + n) * n_in);
        const std::vector<float> y = multiply(few, n, w, bias.data(), alone);
        ASSERT_EQ(std::memcmp(y.data(), many.data() + first * kOut, y.size() * sizeof(float)), 0)
            << dtype_name(dtype) << " " << n << " tokens from " << first;
      }
    }
  }
}

TEST_P(PackedMatmul, BlocksOfRowsAreTheProductOfTheirTiles) {
  ThreadPool one(1);
  ThreadPool three(3);
  KernelContext alone{one, table()};     // all rows in one part: several blocks
  KernelContext shared{three, table()};  // a tile or two a part
  constexpr std::int64_t kOut = 203, kIn = 2048;
  for (const DType dtype : packable()) {
    const PackedMatrix w = pack(random_weights(dtype, kOut, kIn, 11));
    for (const std::int64_t n : {1, 4, 8, 9, 21}) {
      const std::vector<float> x = random_floats(size(n * kIn), 12);
      const std::vector<float> bias = random_floats(kOut, 13);
      const std::vector<float> y = multiply(x, n, w, bias.data(), alone);
      const std::vector<float> apart = multiply(x, n, w, bias.data(), shared);
      ASSERT_EQ(std::memcmp(y.data(), apart.data(), y.size() * sizeof(float)), 0) << dtype_name(dtype) << " " << n;
    }
  }
}

TEST_P(PackedMatmul, ProductsTogetherAreThoseAlone) {
  ThreadPool pool(3);
  KernelContext context{pool, table()};
  constexpr std::int64_t kIn = 512;
  // Neighbours of one kind, of two, one that is not packed, and more than are taken together.
  const std::vector<std::vector<DType>> mixes = {
      {DType::kQ4_K, DType::kQ5_K, DType::kQ4_K},
      {DType::kQ4_K, DType::kQ4_K, DType::kQ6_K},
      {DType::kQ4_0, DType::kQ8_0, DType::kF16},
      {DType::kF32},
      {DType::kQ8_0, DType::kQ8_0, DType::kQ8_0, DType::kQ8_0, DType::kQ8_0}};
  for (const std::vector<DType>& mix : mixes) {
    for (const std::int64_t n_tokens : {1, 7, 40}) {
      const std::vector<float> x = random_floats(size(n_tokens * kIn), 3);
      std::vector<Tensor> w;
      std::vector<PackedMatrix> packed;
      std::vector<std::vector<float>> y;
      for (std::size_t i = 0; i < mix.size(); ++i) {
        const auto n_out = static_cast<std::int64_t>(40 + 23 * i);
        w.push_back(random_weights(mix[i], n_out, kIn, static_cast<unsigned>(20 + i)));
        packed.push_back(can_pack(mix[i]) ? pack(w.back()) : PackedMatrix{});
        y.emplace_back(size(n_tokens * n_out), -1.0f);
      }
      std::vector<Product> products;
      for (std::size_t i = 0; i < mix.size(); ++i) {
        products.push_back({w[i], packed[i], nullptr, y[i].data(), w[i].n_rows()});
      }
      matmul(x.data(), kIn, n_tokens, products, context);
      for (std::size_t i = 0; i < mix.size(); ++i) {
        std::vector<float> expected(y[i].size());
        if (packed[i]) {
          expected = multiply(x, n_tokens, packed[i], nullptr, context);
        } else {
          matmul(x.data(), kIn, n_tokens, w[i], nullptr, expected.data(), w[i].n_rows(), context);
        }
        ASSERT_EQ(y[i], expected) << "product " << i << " of " << mix.size() << ", " << n_tokens << " tokens";
      }
    }
  }
}

TEST_P(PackedMatmul, ExactPrecisionReadsTheTensor) {
  ThreadPool pool(1);
  KernelContext context{pool, table(), Precision::kExact};
  const Tensor w = random_weights(DType::kQ4_0, 20, 256, 1);
  const PackedMatrix packed = pack(w);
  const std::vector<float> x = random_floats(256 * 3, 2);
  std::vector<float> y(60);
  const Product product{w, packed, nullptr, y.data(), 20};
  matmul(x.data(), 256, 3, {&product, 1}, context);
  expect_product(y, x, w, std::vector<float>(20, 0.0f));
}

// The largest quants and scales that a file can hold meet the largest rounded activations: no integer sum may overflow.
TEST_P(PackedMatmul, SurvivesExtremeQuants) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (const DType dtype : packable()) {
    for (const int fill : {0xFF, 0x7F, 0x80, 0x00}) {
      Tensor w = random_weights(dtype, 18, 512, 1);
      auto data = std::make_shared<std::vector<std::byte>>(w.bytes(), static_cast<std::byte>(fill));
      const std::size_t block = dtype_info(dtype).bytes;
      const std::uint16_t half = f32_to_f16(0.01f);
      const std::vector<std::size_t> offsets =
          dtype == DType::kQ6_K ? std::vector<std::size_t>{208}
          : dtype == DType::kQ4_1 || dtype == DType::kQ5_1 || dtype == DType::kQ4_K || dtype == DType::kQ5_K
              ? std::vector<std::size_t>{0, 2}
              : std::vector<std::size_t>{0};
      for (std::size_t b = 0; b < data->size(); b += block) {
        for (const std::size_t offset : offsets) std::memcpy(data->data() + b + offset, &half, 2);
      }
      w.data = data->data();
      w.owner = data;
      for (const float sign : {1.0f, -1.0f}) {
        const std::vector<float> x(512 * 9, sign);
        expect_product(multiply(x, 9, pack(w), nullptr, context), x, w, std::vector<float>(18, 0.0f));
      }
    }
  }
}

TEST_P(PackedMatmul, WhatIsNotANumberStaysSo) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (const DType dtype : packable()) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      const PackedMatrix w = pack(random_weights(dtype, 20, 256, 9));
      std::vector<float> x = random_floats(256 * 12, 10);
      const std::vector<float> clean = multiply(x, 12, w, nullptr, context);
      x[256 * 3 + 77] = bad;
      const std::vector<float> y = multiply(x, 12, w, nullptr, context);
      for (std::size_t t = 0; t < 12; ++t) {
        for (std::size_t o = 0; o < 20; ++o) {
          if (t == 3) {
            ASSERT_FALSE(std::isfinite(y[t * 20 + o])) << dtype_name(dtype);
          } else {
            ASSERT_EQ(y[t * 20 + o], clean[t * 20 + o]) << dtype_name(dtype);
          }
        }
      }
    }
  }
}

TEST_P(PackedMatmul, KeepsToItsStrides) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  constexpr std::int64_t kTokens = 21;
  constexpr std::int64_t kIn = 256;
  constexpr std::int64_t kOut = 42;
  constexpr std::int64_t kLdx = kIn + 5;
  constexpr std::int64_t kLdy = kOut + 3;
  for (const DType dtype : packable()) {
    const Tensor w = random_weights(dtype, kOut, kIn, 3);
    const PackedMatrix packed = pack(w);
    const std::vector<float> x = random_floats(kTokens * kIn, 4);
    const std::vector<float> tight = multiply(x, kTokens, packed, nullptr, context);
    std::vector<float> wide_x(kTokens * kLdx, 1e30f);
    std::vector<float> wide_y(kTokens * kLdy, 42.0f);
    for (std::int64_t t = 0; t < kTokens; ++t) std::copy_n(x.begin() + t * kIn, kIn, wide_x.begin() + t * kLdx);
    const Product product{w, packed, nullptr, wide_y.data(), kLdy};
    matmul(wide_x.data(), kLdx, kTokens, {&product, 1}, context);
    for (std::int64_t t = 0; t < kTokens; ++t) {
      for (std::int64_t o = 0; o < kOut; ++o) ASSERT_EQ(wide_y[size(t * kLdy + o)], tight[size(t * kOut + o)]);
      for (std::int64_t o = kOut; o < kLdy; ++o) ASSERT_EQ(wide_y[size(t * kLdy + o)], 42.0f);
    }
  }
}

}  // namespace
}  // namespace hearth
