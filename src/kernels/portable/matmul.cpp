#include <utility>

#include "kernels/dequantize.h"
#include "kernels/portable/operations.h"

namespace hearth::portable {
namespace {

/// Σ a[i] · b(i) in eight interleaved sums, which a compiler can keep in a vector.
template <typename B>
float dot(const float* a, std::int64_t n, const B& b) {
  constexpr std::int64_t kSums = 8;
  float sums[kSums] = {};
  for (std::int64_t i = 0; i < n; ++i) sums[i % kSums] += a[i] * b(i);
  float total = 0;
  for (const float sum : sums) total += sum;
  return total;
}

template <typename OneOutput>
void each_output(DType dtype, const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch,
                 const OneOutput& one_output) {
  auto* row = reinterpret_cast<float*>(scratch);
  for (std::int64_t o = row_begin; o < row_end; ++o) {
    dequantize(dtype, task.w + static_cast<std::size_t>(o) * task.w_row_bytes, task.n_in, row);
    const float bias = task.bias != nullptr ? task.bias[o] : 0;
    for (std::int64_t t = 0; t < task.n_tokens; ++t) task.y[t * task.ldy + o] = one_output(t, row) + bias;
  }
}

template <DType kDType>
void matmul_float(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch) {
  each_output(kDType, task, row_begin, row_end, scratch, [&](std::int64_t t, const float* row) {
    const float* x = task.x + t * task.ldx;
    return dot(row, task.n_in, [&](std::int64_t i) { return x[i]; });
  });
}

template <DType kDType>
void matmul_int8(const MatmulTask& task, std::int64_t row_begin, std::int64_t row_end, std::byte* scratch) {
  const int group = activation_group(kDType);
  const std::size_t bytes = quantized_row_bytes(task.n_in, group);
  each_output(kDType, task, row_begin, row_end, scratch, [&](std::int64_t t, const float* row) {
    const std::byte* data = task.quantized + static_cast<std::size_t>(t) * bytes;
    const auto* q = reinterpret_cast<const std::int8_t*>(data);
    const auto* scale = reinterpret_cast<const float*>(data + chunks(task.n_in) * kChunk);
    return dot(row, task.n_in, [&](std::int64_t i) { return scale[i / group] * static_cast<float>(q[i]); });
  });
}

template <int... kIndex>
void set_all(KernelTable& table, std::integer_sequence<int, kIndex...>) {
  ((table.matmul_float[kIndex] = matmul_float<static_cast<DType>(kIndex)>), ...);
  ((table.matmul_int8[kIndex] =
        is_quantized(static_cast<DType>(kIndex)) ? matmul_int8<static_cast<DType>(kIndex)> : nullptr),
   ...);
}

}  // namespace

void set_matmul(KernelTable& table) { set_all(table, std::make_integer_sequence<int, kWeightDTypeCount>()); }

}  // namespace hearth::portable
