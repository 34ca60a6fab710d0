#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/attention.h"
#include "kernels/portable/operations.h"
#include "tensor/half.h"

namespace hearth::portable {
namespace {

/// The K or V of one head and cell: number i lies at `first` + i · `step`.
class CellRow {
 public:
  static CellRow key(const AttentionTask& task, std::int64_t cell) {
    CellRow row(task, task.k_pages, task.head_dim, cell);
    row.first_ = cell % kKvPageTokens;
    row.step_ = kKvPageTokens;
    return row;
  }
  static CellRow value(const AttentionTask& task, std::int64_t cell) {
    CellRow row(task, task.v_pages, task.head_dim_v, cell);
    row.first_ = cell % kKvPageTokens * task.head_dim_v;
    row.step_ = 1;
    return row;
  }

  float operator[](std::int64_t i) const {
    const std::int64_t place = first_ + i * step_;
    if (dtype_ == DType::kI8) return scale_ * static_cast<float>(std::to_integer<std::int8_t>(head_[place]));
    if (dtype_ == DType::kF32) {
      float value = 0;
      std::memcpy(&value, head_ + 4 * place, 4);
      return value;
    }
    std::uint16_t bits = 0;
    std::memcpy(&bits, head_ + 2 * place, 2);
    return dtype_ == DType::kF16 ? f16_to_f32(bits) : bf16_to_f32(bits);
  }

 private:
  CellRow(const AttentionTask& task, const std::byte* const* pages, std::int64_t dim, std::int64_t cell)
      : dtype_(task.kv_dtype),
        head_(pages[cell / kKvPageTokens] + static_cast<std::size_t>(task.kv_head) * kv_head_bytes(dtype_, dim)) {
    if (dtype_ == DType::kI8)
      std::memcpy(&scale_, head_ + kKvPageTokens * dim + cell % kKvPageTokens * 4, sizeof(scale_));
  }

  DType dtype_;
  const std::byte* head_;
  std::int64_t first_ = 0, step_ = 1;
  float scale_ = 1;
};

float score(const AttentionTask& task, const float* q, std::int64_t cell) {
  const CellRow k = CellRow::key(task, cell);
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
      const CellRow v = CellRow::value(task, cell);
      for (std::int64_t i = 0; i < task.head_dim_v; ++i) out[i] += weight * v[i];
      sum += weight;
    }
    for (std::int64_t i = 0; i < task.head_dim_v; ++i) out[i] /= sum;
  }
}

}  // namespace hearth::portable
