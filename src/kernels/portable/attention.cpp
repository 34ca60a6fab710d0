#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/attention.h"
#include "kernels/portable/operations.h"
#include "tensor/half.h"

namespace hearth::portable {
namespace {

/// The K or V of one head and cell.
class CellRow {
 public:
  CellRow(const AttentionTask& task, const std::byte* const* pages, std::int64_t dim, std::int64_t cell)
      : dtype_(task.kv_dtype) {
    const std::byte* head =
        pages[cell / kKvPageTokens] + static_cast<std::size_t>(task.kv_head) * kv_head_bytes(dtype_, dim);
    const std::int64_t place = cell % kKvPageTokens;
    row_ = head + static_cast<std::size_t>(place) * row_bytes(dtype_, dim);
    if (dtype_ == DType::kI8) std::memcpy(&scale_, head + kKvPageTokens * dim + place * 4, sizeof(scale_));
  }
  float operator[](std::int64_t i) const {
    if (dtype_ == DType::kI8) return scale_ * static_cast<float>(std::to_integer<std::int8_t>(row_[i]));
    if (dtype_ == DType::kF32) {
      float value = 0;
      std::memcpy(&value, row_ + 4 * i, 4);
      return value;
    }
    std::uint16_t bits = 0;
    std::memcpy(&bits, row_ + 2 * i, 2);
    return dtype_ == DType::kF16 ? f16_to_f32(bits) : bf16_to_f32(bits);
  }

 private:
  DType dtype_;
  const std::byte* row_;
  float scale_ = 1;
};

float score(const AttentionTask& task, const float* q, std::int64_t cell) {
  const CellRow k(task, task.k_pages, task.head_dim, cell);
  float dot = 0;
  for (std::int64_t i = 0; i < task.head_dim; ++i) dot += q[i] * k[i];
  dot *= task.scale;
  return task.soft_cap > 0 ? task.soft_cap * std::tanh(dot / task.soft_cap) : dot;
}

}  // namespace

void attention(const AttentionTask& task) {
  for (std::int64_t row = 0; row < task.n_tokens * task.n_heads; ++row) {
    const AttentionQuery& token = task.tokens[row / task.n_heads];
    const std::int64_t head = row % task.n_heads;
    const float* q = token.q + head * task.head_dim;
    float* out = token.out + head * task.head_dim_v;
    std::fill(out, out + task.head_dim_v, 0.0f);
    // The softmax is built up cell by cell: when a larger score comes, what was summed so far shrinks by the ratio.
    float max = -std::numeric_limits<float>::infinity();
    float sum = 0;
    for (std::int64_t cell = token.begin; cell < token.end; ++cell) {
      const float s = score(task, q, cell);
      if (s > max) {
        const float shrink = std::exp(max - s);
        for (std::int64_t i = 0; i < task.head_dim_v; ++i) out[i] *= shrink;
        sum *= shrink;
        max = s;
      }
      const float weight = std::exp(s - max);
      const CellRow v(task, task.v_pages, task.head_dim_v, cell);
      for (std::int64_t i = 0; i < task.head_dim_v; ++i) out[i] += weight * v[i];
      sum += weight;
    }
    for (std::int64_t i = 0; i < task.head_dim_v; ++i) out[i] /= sum;
  }
}

}  // namespace hearth::portable
