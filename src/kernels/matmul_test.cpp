#include "kernels/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

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

std::vector<float> multiply(const std::vector<float>& x, std::int64_t n_tokens, const Tensor& w, const float* bias,
                            KernelContext& context) {
  std::vector<float> y(size(n_tokens * w.n_rows()), std::numeric_limits<float>::quiet_NaN());
  matmul(x.data(), w.row_length(), n_tokens, w, bias, y.data(), w.n_rows(), context);
  return y;
}

struct Dims {
  std::int64_t n_tokens, n_out, n_in;
};

std::vector<Dims> shapes(DType dtype) {
  const std::int64_t block = dtype_info(dtype).block;
  std::vector<Dims> all;
  if (block == 1) {
    all = {{1, 1, 1}, {1, 5, 7}, {2, 3, 33}, {3, 4, 64}, {7, 17, 95}, {13, 33, 200}, {64, 19, 129}};
  } else if (block == 32) {
    all = {{1, 1, 32}, {1, 17, 96}, {2, 5, 256}, {3, 16, 288}, {5, 33, 544}, {9, 8, 1024}, {31, 35, 480}};
  } else {
    all = {{1, 1, 256}, {1, 17, 512}, {2, 5, 768}, {3, 16, 256}, {5, 33, 512}, {9, 8, 1280}, {31, 35, 768}};
  }
  return all;
}

class Matmul : public testing::EveryTable {
 protected:
  /// What a fast product of weights that are not quantised may be off, relative to the sum of magnitudes.
  double rounding(DType dtype) const {
    return table().matmul_split[static_cast<std::size_t>(dtype)] != nullptr ? 2e-5 : testing::kFloatRounding;
  }
};
INSTANTIATE_TEST_SUITE_P(Tables, Matmul, ::testing::ValuesIn(testing::tables_and_emulations()), testing::table_name);

TEST_P(Matmul, IsTheProductWithTheDequantisedWeights) {
  ThreadPool pool(2);
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    unsigned seed = 1;
    for (const Dims& d : shapes(dtype)) {
      const Tensor w = random_weights(dtype, d.n_out, d.n_in, seed);
      const std::vector<float> x = random_floats(size(d.n_tokens * d.n_in), seed + 100);
      const std::vector<float> bias = random_floats(size(d.n_out), seed + 200);
      KernelContext exact{pool, table(), Precision::kExact};
      expect_product(multiply(x, d.n_tokens, w, bias.data(), exact), x, w, bias);
      KernelContext fast{pool, table(), Precision::kFast};
      const std::vector<float> seen = is_quantized(dtype) ? rounded(x, d.n_in, activation_group(dtype)) : x;
      expect_product(multiply(x, d.n_tokens, w, bias.data(), fast), seen, w, bias, rounding(dtype));
      ++seed;
    }
  }
}

TEST_P(Matmul, SplitActivationsAreUsedWhereThereAreTilesForThem) {
  ThreadPool pool(1);
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    const Tensor w = random_weights(dtype, 33, 640, 1);
    const std::vector<float> x = random_floats(size(5 * 640), 2);
    KernelContext exact{pool, table(), Precision::kExact};
    KernelContext fast{pool, table(), Precision::kFast};
    const bool same = multiply(x, 5, w, nullptr, exact) == multiply(x, 5, w, nullptr, fast);
    EXPECT_EQ(same, table().matmul_split[static_cast<std::size_t>(dtype)] == nullptr) << dtype_name(dtype);
  }
}

TEST_P(Matmul, ARowDoesNotDependOnItsNeighboursOrOnTheThreads) {
  ThreadPool one(1);
  ThreadPool three(3);
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    const std::int64_t n_in = dtype_info(dtype).block == 1 ? 700 : dtype_info(dtype).block == 32 ? 800 : 1280;
    constexpr std::int64_t kOut = 83;
    constexpr std::int64_t kTokens = 37;
    const Tensor w = random_weights(dtype, kOut, n_in, 5);
    const std::vector<float> x = random_floats(size(kTokens * n_in), 6);
    const std::vector<float> bias = random_floats(kOut, 7);
    for (const Precision precision : {Precision::kFast, Precision::kExact}) {
      KernelContext alone{one, table(), precision};
      KernelContext shared{three, table(), precision};
      const std::vector<float> many = multiply(x, kTokens, w, bias.data(), shared);
      for (const std::int64_t n : {1, 2, 3, 4, 5, 8, 15}) {
        for (std::int64_t first = 0; first + n <= kTokens; first += n) {
          const std::vector<float> few(x.begin() + first * n_in, x.begin() + (first + n) * n_in);
          const std::vector<float> y = multiply(few, n, w, bias.data(), alone);
          ASSERT_EQ(std::memcmp(y.data(), many.data() + first * kOut, y.size() * sizeof(float)), 0)
              << dtype_name(dtype) << " " << n << " tokens from " << first
              << (precision == Precision::kFast ? " fast" : " exact");
        }
      }
    }
  }
}

TEST_P(Matmul, KeepsToItsStrides) {
  ThreadPool pool(1);
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kQ8_0}) {
    KernelContext context{pool, table()};
    constexpr std::int64_t kTokens = 21;
    constexpr std::int64_t kIn = 64;
    constexpr std::int64_t kOut = 10;
    const Tensor w = random_weights(dtype, kOut, kIn, 3);
    const std::vector<float> x = random_floats(kTokens * kIn, 4);
    const std::vector<float> tight = multiply(x, kTokens, w, nullptr, context);
    constexpr std::int64_t kLdx = kIn + 5;
    constexpr std::int64_t kLdy = kOut + 3;
    std::vector<float> wide_x(kTokens * kLdx, 1e30f);
    std::vector<float> wide_y(kTokens * kLdy, 42.0f);
    for (std::int64_t t = 0; t < kTokens; ++t) std::copy_n(x.begin() + t * kIn, kIn, wide_x.begin() + t * kLdx);
    matmul(wide_x.data(), kLdx, kTokens, w, nullptr, wide_y.data(), kLdy, context);
    for (std::int64_t t = 0; t < kTokens; ++t) {
      for (std::int64_t o = 0; o < kOut; ++o) ASSERT_EQ(wide_y[size(t * kLdy + o)], tight[size(t * kOut + o)]);
      for (std::int64_t o = kOut; o < kLdy; ++o) ASSERT_EQ(wide_y[size(t * kLdy + o)], 42.0f);
    }
  }
}

// The largest quants and scales that a file can hold meet the largest rounded activations: no integer sum may overflow.
TEST_P(Matmul, SurvivesExtremeQuants) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (int i = static_cast<int>(DType::kQ4_0); i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    for (const int fill : {0xFF, 0x7F, 0x80, 0x00}) {
      Tensor w = random_weights(dtype, 18, 512, 1);
      auto data = std::make_shared<std::vector<std::byte>>(w.data, w.data + w.bytes());
      const Tensor scales = random_weights(dtype, 18, 512, 2);
      // All quant and scale bits alike, the F16 fields kept: those differ from the fill where another matrix differs
      // from it too.
      for (std::size_t b = 0; b < data->size(); ++b) (*data)[b] = static_cast<std::byte>(fill);
      const std::size_t block = dtype_info(dtype).bytes;
      const std::uint16_t half = f32_to_f16(0.01f);
      const std::vector<std::size_t> offsets =
          dtype == DType::kQ2_K   ? std::vector<std::size_t>{80, 82}
          : dtype == DType::kQ3_K ? std::vector<std::size_t>{108}
          : dtype == DType::kQ6_K ? std::vector<std::size_t>{208}
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
        const std::vector<float> y = multiply(x, 9, w, nullptr, context);
        expect_product(y, x, w, std::vector<float>(18, 0.0f));
      }
    }
  }
}

TEST_P(Matmul, ActivationsOfAnySizeAreRoundedSensibly) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  const Tensor w = random_weights(DType::kQ8_0, 4, 64, 1);
  std::vector<float> row(64);
  for (const float magnitude : {0.0f, 1e-38f, 1e-31f, 1e-29f, 1e-10f, 1e10f, 1e30f}) {
    std::vector<float> x = random_floats(64, 2, magnitude);
    const std::vector<float> y = multiply(x, 1, w, nullptr, context);
    for (std::int64_t o = 0; o < 4; ++o) {
      copy_row(w, o, row.data());
      const testing::ExactDot dot = testing::exact_dot(x.data(), row.data(), 64);
      ASSERT_NEAR(y[size(o)], dot.value, 0.05 * dot.magnitude + 1e-28) << magnitude;
    }
  }
}

TEST_P(Matmul, WhatIsNotANumberStaysSo) {
  ThreadPool pool(1);
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      KernelContext context{pool, table()};
      const Tensor w = random_weights(dtype, 20, 256, 9);
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

TEST_P(Matmul, ScalesThatAreNoNumbersDoNotCrash) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  for (int i = 0; i < kWeightDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    std::vector<std::byte> data(row_bytes(dtype, 256) * 17, std::byte{0xFF});  // every F16 field is a NaN
    const Tensor w{dtype, {17, 256}, data.data(), nullptr};
    for (const std::int64_t n : {1, 16}) multiply(random_floats(size(256 * n), 1), n, w, nullptr, context);
  }
}

TEST_P(Matmul, NothingToDoIsDone) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  const Tensor w = random_weights(DType::kF32, 3, 8, 1);
  matmul(nullptr, 8, 0, w, nullptr, nullptr, 3, context);
}

TEST_P(Matmul, LevelsRoundActivationsAlike) {
  const KernelTable& portable = kernel_table("portable");
  for (const int group : {16, 32}) {
    for (const std::int64_t n : {1, 31, 32, 100, 256, 1000}) {
      const std::vector<float> x = random_floats(size(n), static_cast<unsigned>(n));
      for (const GroupOrder order : {GroupOrder::kNatural, GroupOrder::kLaneMajor}) {
        const std::size_t bytes = quantized_row_bytes(n, group);
        alignas(64) static std::byte a[8192];
        alignas(64) static std::byte b[8192];
        ASSERT_LE(bytes, sizeof(a));
        std::memset(a, 0, sizeof(a));
        std::memset(b, 0, sizeof(b));
        table().quantize_row(x.data(), n, group, order, a);
        portable.quantize_row(x.data(), n, group, order, b);
        ASSERT_EQ(std::memcmp(a, b, bytes), 0) << group << " " << n;
      }
    }
  }
}

}  // namespace
}  // namespace hearth
