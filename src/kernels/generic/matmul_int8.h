// y = x · wᵀ with quantised weights and activations rounded to 8 bits, for few tokens: each row of weights is read
// front to back, unpacked in registers and multiplied with every token.
//
// The order of summation, which generic/matmul_int8_panel.h keeps too: the products of a group are summed as integers,
// which is exact; the groups with the same number within their chunk are summed in float32 one after another, which
// gives 8 or 16 sums; `sum` adds these.
#pragma once

#include "kernels/generic/formats.h"
#include "kernels/generic/quantized_row.h"

namespace hearth {
namespace {

/// Adds the products of chunk number c with one token's activations.
template <typename F>
HEARTH_INLINE typename GroupVector<256 / F::kGroup>::Floats add_chunk(
    const Chunk<F::kGroup>& w, const QuantizedRow& x, std::int64_t c,
    typename GroupVector<256 / F::kGroup>::Floats total) {
  using Floats = typename GroupVector<256 / F::kGroup>::Floats;
  using Ints = typename Floats::Ints;
  const std::int64_t group = c * (256 / F::kGroup);
  Ints products = group_products<F::kGroup, F::kBits>(w.q, x.q + c * kChunk);
  if constexpr (F::kOffset != 0) products = products - Ints::load(x.sum + group) * Ints::set1(F::kOffset);
  total = fma(Floats::from(products), w.d * Floats::load(x.scale + group), total);
  if constexpr (F::kHasMinimum) total = fma(w.m, Floats::load(x.scaled_sum + group), total);
  return total;
}

template <DType kDType, int kTokens>
HEARTH_INLINE void int8_row(const std::byte* row, const MatmulTask& task, std::int64_t t, std::int64_t o) {
  using F = Format<kDType>;
  using Floats = typename GroupVector<256 / F::kGroup>::Floats;
  const std::int64_t n_chunks = chunks(task.n_in);
  const std::size_t stride = quantized_row_bytes(task.n_in, F::kGroup);
  QuantizedRow x[kTokens];
  Floats totals[kTokens];
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    x[i] = quantized_row<F::kGroup>(task.quantized + static_cast<std::size_t>(t + i) * stride, n_chunks);
    totals[i] = Floats::zero();
  });
  const std::int64_t whole = task.n_in / kChunk;
  for (std::int64_t c = 0; c < whole; ++c) {
    Chunk<F::kGroup> w;
    F::unpack(row + static_cast<std::size_t>(c) * F::kChunkBytes, w);
    unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA { totals[i] = add_chunk<F>(w, x[i], c, totals[i]); });
  }
  if (whole < n_chunks) {
    Chunk<F::kGroup> w;
    unpack_first<kDType>(row + static_cast<std::size_t>(whole) * F::kChunkBytes, task.n_in - whole * kChunk, w);
    unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA { totals[i] = add_chunk<F>(w, x[i], whole, totals[i]); });
  }
  unroll<kTokens>([&](auto i) HEARTH_INLINE_LAMBDA {
    const float total = sum(totals[i]);
    task.y[(t + i) * task.ldy + o] = task.bias != nullptr ? total + task.bias[o] : total;
  });
}

template <DType kDType>
void matmul_int8(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte*) {
  for (std::int64_t o = row_begin; o < row_end; ++o) {
    const std::byte* row = task.w + static_cast<std::size_t>(o) * task.w_row_bytes;
    std::int64_t t = 0;
    for (; t + kFewTokens <= task.n_tokens; t += kFewTokens) int8_row<kDType, kFewTokens>(row, task, t, o);
    for (; t < task.n_tokens; ++t) int8_row<kDType, 1>(row, task, t, o);
  }
}

/// Enters the function of every dtype in the table.
HEARTH_INLINE void enter_matmul_int8(KernelTable& table) {
  constexpr int kFirst = static_cast<int>(DType::kQ4_0);
  unroll<kWeightDTypeCount - static_cast<int>(DType::kQ4_0)>([&](auto i) HEARTH_INLINE_LAMBDA {
    constexpr int kIndex = kFirst + decltype(i)::value;
    table.matmul_int8[kIndex] = matmul_int8<static_cast<DType>(kIndex)>;
  });
}

}  // namespace
}  // namespace hearth
