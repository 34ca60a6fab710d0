// y = x · wᵀ with BF16 weights and activations rounded to BF16: pairs of products, summed in float32 by the processor.
#include "kernels/avx512/simd.h"

#include "kernels/avx512bf16/operations.h"

namespace hearth::avx512bf16 {
namespace {

constexpr std::int64_t kStep = 32;  // values in a vector
constexpr int kRows = 4;            // rows × tokens of accumulators: 24 of 32 registers
constexpr int kTokens = 6;
/// Columns that are summed before the lanes are added up. Six tokens take 24 KiB: they stay in the first-level cache
/// while the rows pass.
constexpr std::int64_t kColumns = 2048;
/// Bytes of weights that stay in the second-level cache while all tokens pass.
constexpr std::int64_t kBlockBytes = 256 << 10;

HEARTH_INLINE __m512bh load(const std::byte* p) { return __builtin_bit_cast(__m512bh, _mm512_loadu_si512(p)); }
/// n < kStep values and zeros.
HEARTH_INLINE __m512bh load_first(const std::byte* p, std::int64_t n) {
  const auto lanes = static_cast<__mmask32>((std::uint32_t{1} << n) - 1U);
  return __builtin_bit_cast(__m512bh, _mm512_maskz_loadu_epi16(lanes, p));
}

/// Columns [begin, end) of kRows rows × kN tokens: added to y, or its first part.
template <int kN>
HEARTH_INLINE void tile(const MatmulTask& task, std::int64_t o, std::int64_t n_rows, std::int64_t t,
                        std::int64_t begin, std::int64_t end) {
  const std::byte* w[kRows];  // past the last row that one once more: its results are not stored
  unroll<kRows>([&](auto r) HEARTH_INLINE_LAMBDA {
    w[r] = task.w + static_cast<std::size_t>(o + smaller(r, n_rows - 1)) * task.w_row_bytes;
  });
  const std::size_t stride = bf16_row_bytes(task.n_in);
  const std::byte* x = task.quantized + static_cast<std::size_t>(t) * stride;
  __m512 sums[kN][kRows];
  unroll<kN>([&](auto i) HEARTH_INLINE_LAMBDA {
    unroll<kRows>([&](auto r) HEARTH_INLINE_LAMBDA { sums[i][r] = _mm512_setzero_ps(); });
  });
  const auto add = [&](std::int64_t column, const __m512bh(&rows)[kRows]) HEARTH_INLINE_LAMBDA {
    unroll<kN>([&](auto i) HEARTH_INLINE_LAMBDA {
      const __m512bh a = load(x + static_cast<std::size_t>(i) * stride + 2 * column);
      unroll<kRows>([&](auto r) HEARTH_INLINE_LAMBDA { sums[i][r] = _mm512_dpbf16_ps(sums[i][r], rows[r], a); });
    });
  };
  std::int64_t column = begin;
  for (; column + kStep <= end; column += kStep) {
    __m512bh rows[kRows];
    unroll<kRows>([&](auto r) HEARTH_INLINE_LAMBDA { rows[r] = load(w[r] + 2 * column); });
    add(column, rows);
  }
  if (column < end) {
    __m512bh rows[kRows];
    unroll<kRows>([&](auto r) HEARTH_INLINE_LAMBDA { rows[r] = load_first(w[r] + 2 * column, end - column); });
    add(column, rows);
  }
  unroll<kN>([&](auto i) HEARTH_INLINE_LAMBDA {
    alignas(16) float totals[kRows];
    _mm_store_ps(totals, sums_of_four(F32{sums[i][0]}, F32{sums[i][1]}, F32{sums[i][2]}, F32{sums[i][3]}));
    float* y = task.y + (t + i) * task.ldy + o;
    for (std::int64_t r = 0; r < n_rows; ++r) {
      if (begin > 0) totals[r] = y[r] + totals[r];
      if (end == task.n_in && task.bias != nullptr) totals[r] = totals[r] + task.bias[o + r];
      y[r] = totals[r];
    }
  });
}

template <int kN>
void tokens(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::int64_t t, std::int64_t begin,
            std::int64_t end) {
  for (; t + kN <= task.n_tokens; t += kN) {
    for (std::int64_t o = row_begin; o < row_end; o += kRows) {
      tile<kN>(task, o, smaller(kRows, row_end - o), t, begin, end);
    }
  }
  if constexpr (kN > 1) {
    if (t < task.n_tokens) tokens<kN - 1>(task, row_begin, row_end, t, begin, end);
  }
}

void matmul_bf16(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte*) {
  const std::int64_t rows = kBlockBytes / (2 * smaller(task.n_in, kColumns)) / kRows * kRows;
  for (std::int64_t o = row_begin; o < row_end; o += rows) {
    for (std::int64_t column = 0; column < task.n_in; column += kColumns) {
      tokens<kTokens>(task, o, smaller(o + rows, row_end), 0, column, smaller(column + kColumns, task.n_in));
    }
  }
}

}  // namespace

void set_matmul_bf16(KernelTable& table) { table.matmul_bf16 = matmul_bf16; }

}  // namespace hearth::avx512bf16
