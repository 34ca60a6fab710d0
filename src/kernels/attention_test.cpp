#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "kernels/random_weights.h"
#include "kernels/table_tests.h"

namespace hearth {
namespace {

using testing::random_floats;

constexpr std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

struct Case {
  std::int64_t n_head, n_head_kv, head_dim, head_dim_v;
  float soft_cap;
};

/// Each row of `dim` values as multiples of a 127th of its largest one.
std::vector<float> rounded_to_bytes(std::vector<float> x, std::size_t dim) {
  for (std::size_t begin = 0; begin < x.size(); begin += dim) {
    float amax = 0;
    for (std::size_t i = begin; i < begin + dim; ++i) amax = std::max(amax, std::fabs(x[i]));
    for (std::size_t i = begin; i < begin + dim && amax > 0; ++i)
      x[i] = std::nearbyint(x[i] * (127 / amax)) * (amax / 127);
  }
  return x;
}

/// Random keys and values in pages, and the same as float64 after conversion to the cache's dtype.
class Cache {
 public:
  Cache(const Case& c, DType dtype, std::int64_t n_cells, unsigned seed) : case_(c) {
    const std::int64_t n_pages = (n_cells + kKvPageTokens - 1) / kKvPageTokens;
    // Cells that are never stored hold NaNs: touching them would show.
    const std::size_t k_bytes = size(c.n_head_kv) * kv_head_bytes(dtype, c.head_dim);
    const std::size_t v_bytes = size(c.n_head_kv) * kv_head_bytes(dtype, c.head_dim_v);
    for (std::int64_t p = 0; p < n_pages; ++p) {
      pages_.emplace_back(k_bytes, std::byte{0xFF});
      pages_.emplace_back(v_bytes, std::byte{0xFF});
    }
    for (std::int64_t p = 0; p < n_pages; ++p) {
      k_.push_back(pages_[size(2 * p)].data());
      v_.push_back(pages_[size(2 * p + 1)].data());
    }
    for (std::int64_t cell = 0; cell < n_cells; ++cell) {
      const std::size_t page = size(2 * (cell / kKvPageTokens));
      keys_.push_back(store(store_key, c.head_dim, dtype, pages_[page], cell, seed + unsigned(2 * cell)));
      values_.push_back(store(store_value, c.head_dim_v, dtype, pages_[page + 1], cell, seed + unsigned(2 * cell + 1)));
    }
    layer_ = {k_, v_};
  }

  const KvLayer& layer() const { return layer_; }
  void replace_key(std::int64_t cell, float value, DType dtype) {
    const std::vector<float> x(size(case_.n_head_kv * case_.head_dim), value);
    store_key(x.data(), case_.n_head_kv, case_.head_dim, dtype, pages_[size(2 * (cell / kKvPageTokens))].data(),
              cell % kKvPageTokens);
  }

  /// The definition, in float64.
  std::vector<double> expected(const float* q, std::int64_t head, std::int64_t begin, std::int64_t end,
                               float scale) const {
    const std::int64_t kv = head / (case_.n_head / case_.n_head_kv);
    std::vector<double> scores;
    double max = -std::numeric_limits<double>::infinity();
    for (std::int64_t cell = begin; cell < end; ++cell) {
      double s = 0;
      for (std::int64_t i = 0; i < case_.head_dim; ++i)
        s += double(q[head * case_.head_dim + i]) * double(keys_[size(cell)][size(kv * case_.head_dim + i)]);
      s *= double(scale);
      if (case_.soft_cap > 0) s = double(case_.soft_cap) * std::tanh(s / double(case_.soft_cap));
      scores.push_back(s);
      max = std::max(max, s);
    }
    double sum = 0;
    std::vector<double> out(size(case_.head_dim_v));
    for (std::int64_t cell = begin; cell < end; ++cell) {
      const double weight = std::exp(scores[size(cell - begin)] - max);
      sum += weight;
      for (std::int64_t i = 0; i < case_.head_dim_v; ++i)
        out[size(i)] += weight * double(values_[size(cell)][size(kv * case_.head_dim_v + i)]);
    }
    for (double& x : out) x /= sum;
    return out;
  }

 private:
  std::vector<float> store(decltype(store_key)& put, std::int64_t dim, DType dtype, std::vector<std::byte>& page,
                           std::int64_t cell, unsigned seed) const {
    const std::vector<float> x = random_floats(size(case_.n_head_kv * dim), seed);
    put(x.data(), case_.n_head_kv, dim, dtype, page.data(), cell % kKvPageTokens);
    if (dtype == DType::kI8) return rounded_to_bytes(x, size(dim));
    std::vector<std::byte> bytes(row_bytes(dtype, case_.n_head_kv * dim));
    quantize_plain(dtype, x.data(), case_.n_head_kv * dim, bytes.data());
    std::vector<float> rounded(x.size());
    dequantize(dtype, bytes.data(), case_.n_head_kv * dim, rounded.data());
    return rounded;
  }

  Case case_;
  std::vector<std::vector<std::byte>> pages_;
  std::vector<const std::byte*> k_, v_;
  std::vector<std::vector<float>> keys_, values_;
  KvLayer layer_;
};

const Case kCases[] = {
    {1, 1, 64, 64, 0}, {8, 1, 64, 64, 0},    {4, 4, 16, 16, 0},    {6, 2, 80, 80, 0},      {16, 2, 32, 48, 0},
    {3, 3, 7, 5, 0},   {12, 1, 128, 128, 0}, {4, 2, 256, 256, 50}, {24, 2, 36, 100, 2.5f},
};

class Attention : public testing::EveryTable {};
INSTANTIATE_TEST_SUITE_P(Tables, Attention, ::testing::ValuesIn(testing::tables_and_emulations()), testing::table_name);

TEST_P(Attention, IsTheSoftmaxWeightedSum) {
  ThreadPool pool(2);
  KernelContext context{pool, table()};
  // Two numbers of BF16 are off by 2⁻¹⁷ of a value at most, and so is each of a product's factors.
  const double tolerance = std::string_view(table().name).ends_with("amx") ? 2e-5 : 5e-6;
  unsigned seed = 1;
  for (const Case& c : kCases) {
    for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kI8}) {
      const Cache cache(c, dtype, 200, seed);
      // Windows that begin and end within and at the borders of pages.
      const std::vector<AttentionRow> rows = {
          {&cache.layer(), 0, 1},   {&cache.layer(), 0, 64},   {&cache.layer(), 0, 65},    {&cache.layer(), 63, 65},
          {&cache.layer(), 5, 199}, {&cache.layer(), 64, 128}, {&cache.layer(), 130, 131}, {&cache.layer(), 0, 200}};
      const auto n = static_cast<std::int64_t>(rows.size());
      const std::vector<float> q = random_floats(size(n * c.n_head * c.head_dim), ++seed);
      std::vector<float> out(size(n * c.n_head * c.head_dim_v), std::numeric_limits<float>::quiet_NaN());
      const float scale = 1 / std::sqrt(static_cast<float>(c.head_dim));
      attention(q.data(), rows, {c.n_head, c.n_head_kv, c.head_dim, c.head_dim_v, dtype, scale, c.soft_cap}, out.data(),
                context);
      for (std::int64_t t = 0; t < n; ++t) {
        for (std::int64_t h = 0; h < c.n_head; ++h) {
          const auto expected =
              cache.expected(q.data() + t * c.n_head * c.head_dim, h, rows[size(t)].begin, rows[size(t)].end, scale);
          for (std::int64_t i = 0; i < c.head_dim_v; ++i) {
            ASSERT_NEAR(out[size((t * c.n_head + h) * c.head_dim_v + i)], expected[size(i)], tolerance)
                << dtype_name(dtype) << " dim " << c.head_dim << " row " << t << " head " << h << " i " << i;
          }
        }
      }
    }
  }
}

TEST_P(Attention, LargeScoresDoNotOverflow) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  const Case c{2, 1, 64, 64, 0};
  const Cache cache(c, DType::kF32, 150, 3);
  const std::vector<float> q = random_floats(2 * 64, 4, 200.0f);
  std::vector<float> out(2 * 64);
  const std::vector<AttentionRow> rows = {{&cache.layer(), 0, 150}};
  attention(q.data(), rows, {2, 1, 64, 64, DType::kF32, 1.0f}, out.data(), context);
  for (std::int64_t h = 0; h < 2; ++h) {
    const auto expected = cache.expected(q.data(), h, 0, 150, 1.0f);
    for (std::int64_t i = 0; i < 64; ++i)
      ASSERT_NEAR(out[size(h * 64 + i)], expected[size(i)], 2e-3);  // scores of about 2000 in float32
  }
}

TEST_P(Attention, ARowDoesNotDependOnItsNeighboursOrOnTheThreads) {
  ThreadPool one(1);
  ThreadPool three(3);
  KernelContext alone{one, table()};
  KernelContext shared{three, table()};
  // Heads that fill tiles of rows and not, that share keys and not; wider than what is made floats in one go.
  for (const Case& c :
       {Case{12, 2, 80, 80, 0}, Case{4, 4, 64, 64, 0}, Case{8, 1, 36, 100, 20}, Case{2, 2, 272, 16, 0}}) {
    for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kI8}) {
      const Cache cache(c, dtype, 300, 5);
      const Cache other(c, dtype, 70, 6);
      std::vector<AttentionRow> rows;
      for (std::int64_t t = 0; t < 30; ++t) rows.push_back({&cache.layer(), t % 7, 100 + 3 * t});
      for (std::int64_t t = 0; t < 70; ++t) rows.push_back({&other.layer(), 0, t + 1});          // a prompt
      for (std::int64_t t = 0; t < 40; ++t) rows.push_back({&cache.layer(), 120 + t, 200 + t});  // in a window
      for (std::int64_t t = 0; t < 6; ++t) rows.push_back({t % 2 == 0 ? &cache.layer() : &other.layer(), 3, 64});
      const auto q_row = size(c.n_head * c.head_dim);
      const auto out_row = size(c.n_head * c.head_dim_v);
      const std::vector<float> q = random_floats(rows.size() * q_row, 6);
      std::vector<float> many(rows.size() * out_row);
      const AttentionShape shape{c.n_head, c.n_head_kv, c.head_dim, c.head_dim_v, dtype, 0.1f, c.soft_cap};
      attention(q.data(), rows, shape, many.data(), shared);
      for (std::size_t t = 0; t < rows.size(); ++t) {
        std::vector<float> out(out_row);
        attention(q.data() + t * q_row, {&rows[t], 1}, shape, out.data(), alone);
        ASSERT_EQ(std::memcmp(out.data(), many.data() + t * out_row, out_row * sizeof(float)), 0) << t;
      }
    }
  }
}

TEST_P(Attention, CellsOutsideTheWindowDoNotMatter) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  const Case c{4, 2, 64, 64, 0};
  for (const DType dtype : {DType::kF16, DType::kI8}) {
    Cache cache(c, dtype, 100, 5);
    const std::vector<AttentionRow> rows = {{&cache.layer(), 10, 70}};
    const std::vector<float> q = random_floats(4 * 64, 6);
    std::vector<float> before(q.size());
    std::vector<float> after(q.size());
    const AttentionShape shape{4, 2, 64, 64, dtype, 0.125f};
    attention(q.data(), rows, shape, before.data(), context);
    for (const std::int64_t cell : {9, 70, 71, 99})
      cache.replace_key(cell, std::numeric_limits<float>::quiet_NaN(), dtype);
    attention(q.data(), rows, shape, after.data(), context);
    EXPECT_EQ(std::memcmp(before.data(), after.data(), before.size() * sizeof(float)), 0);
  }
}

TEST_P(Attention, WhatIsNotANumberDoesNotCrashOrHang) {
  ThreadPool pool(1);
  KernelContext context{pool, table()};
  const Case c{4, 2, 64, 64, 30};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const DType dtype : {DType::kF32, DType::kI8}) {
      Cache cache(c, dtype, 100, 5);
      cache.replace_key(20, bad, dtype);
      for (const float cap : {0.0f, 30.0f}) {
        const std::vector<AttentionRow> rows = {{&cache.layer(), 0, 100}, {&cache.layer(), 20, 21}};
        const std::vector<float> q = random_floats(2 * 4 * 64, 6);
        std::vector<float> out(q.size());
        attention(q.data(), rows, {4, 2, 64, 64, dtype, 0.125f, cap}, out.data(), context);
      }
    }
  }
}

/// The pages of three heads of 20 numbers in which nothing but cell 63 was written, by the definition of the layout.
struct StoredCell {
  std::vector<float> x = random_floats(3 * 20, 1);
  std::vector<std::byte> keys, values;  ///< what is expected
  std::vector<std::byte> untouched;

  explicit StoredCell(DType dtype) : untouched(3 * kv_head_bytes(dtype, 20), std::byte{0xAB}) {
    std::fill(x.begin() + 20, x.begin() + 40, 0.0f);  // a head whose scale is zero
    keys = values = untouched;
    const std::size_t row = row_bytes(dtype, 20);
    const std::size_t one = row / 20;
    for (std::size_t h = 0; h < 3; ++h) {
      std::vector<std::byte> numbers(row);
      const std::size_t head = h * kv_head_bytes(dtype, 20);
      if (dtype == DType::kI8) {
        float amax = 0;
        for (std::size_t i = 0; i < 20; ++i) amax = std::max(amax, std::fabs(x[20 * h + i]));
        const float scale = amax / 127;
        for (std::size_t i = 0; i < 20 && amax > 0; ++i) {
          const auto bits = static_cast<std::int8_t>(std::nearbyint(x[20 * h + i] * (127 / amax)));
          numbers[i] = static_cast<std::byte>(bits);
        }
        std::memcpy(keys.data() + head + 64 * row + 63 * 4, &scale, 4);
        std::memcpy(values.data() + head + 64 * row + 63 * 4, &scale, 4);
      } else {
        quantize_plain(dtype, x.data() + 20 * h, 20, numbers.data());
      }
      for (std::size_t i = 0; i < 20; ++i) {
        std::memcpy(keys.data() + head + (i * 64 + 63) * one, numbers.data() + i * one, one);
        std::memcpy(values.data() + head + (63 * 20 + i) * one, numbers.data() + i * one, one);
      }
    }
  }
};

TEST(StoreKv, WritesTheCellOfEachHeadAndNothingElse) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kI8}) {
    const StoredCell cell(dtype);
    std::vector<std::byte> page = cell.untouched;
    store_key(cell.x.data(), 3, 20, dtype, page.data(), 63);
    EXPECT_EQ(page, cell.keys) << dtype_name(dtype);
    page = cell.untouched;
    store_value(cell.x.data(), 3, 20, dtype, page.data(), 63);
    EXPECT_EQ(page, cell.values) << dtype_name(dtype);
  }
}

HEARTH_TEST_EVERY_TABLE(ToEightBits);

TEST_P(ToEightBits, IsThePortableOneBitForBit) {
  for (const std::int64_t n : {1, 7, 8, 15, 16, 17, 64, 80, 100, 256}) {
    const std::vector<float> x = random_floats(size(n), static_cast<unsigned>(n), 3.0f);
    std::vector<std::int8_t> expected(size(n));
    std::vector<std::int8_t> got(size(n) + 1, std::int8_t{99});
    const float scale = kernel_table("portable").to_s8(x.data(), n, expected.data());
    EXPECT_EQ(table().to_s8(x.data(), n, got.data()), scale);
    EXPECT_EQ(got.back(), 99) << "beyond the row";
    got.pop_back();
    EXPECT_EQ(got, expected);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(scale * static_cast<float>(got[i]), x[i], scale * 0.5001f);
  }
}

TEST_P(ToEightBits, WhatIsNotFinitePoisonsTheScaleAndTinyNumbersAreZero) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> x(20, 1.0f);
    x[18] = bad;
    std::vector<std::int8_t> out(20, std::int8_t{5});
    EXPECT_TRUE(std::isnan(table().to_s8(x.data(), 20, out.data())));
    EXPECT_EQ(out, std::vector<std::int8_t>(20, std::int8_t{0}));
  }
  const std::vector<float> tiny(20, 1e-38f);
  std::vector<std::int8_t> out(20, std::int8_t{5});
  EXPECT_EQ(table().to_s8(tiny.data(), 20, out.data()), 0.0f);
  EXPECT_EQ(out, std::vector<std::int8_t>(20, std::int8_t{0}));
}

}  // namespace
}  // namespace hearth
