#include "kernels/attention.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace hearth {

namespace {

/// Query heads of one KV head that a part takes.
constexpr std::int64_t kPartHeads = 8;
/// Parts that each worker should get at least, so that one that was held up does not hold up the others.
constexpr std::int64_t kPartsAWorker = 8;

}  // namespace

void attention(const float* q, std::span<const AttentionRow> rows, const AttentionShape& shape, float* out,
               KernelContext& context) {
  assert(shape.n_head_kv > 0 && shape.n_head % shape.n_head_kv == 0);
  // A part is some neighbouring tokens and up to kPartHeads query heads of one KV head.
  const std::int64_t group = shape.n_head / shape.n_head_kv;
  const std::int64_t parts_a_group = (group + kPartHeads - 1) / kPartHeads;
  const std::int64_t parts_a_token = shape.n_head_kv * parts_a_group;
  const auto n_tokens = static_cast<std::int64_t>(rows.size());
  const std::int64_t part_tokens =
      std::clamp<std::int64_t>(n_tokens * parts_a_token / (kPartsAWorker * context.pool.size()), 1,
                               kMaxAttentionRows / std::min(kPartHeads, group));
  const std::int64_t n_blocks = (n_tokens + part_tokens - 1) / part_tokens;

  std::int64_t cells = 0;
  for (const AttentionRow& row : rows) cells += row.end - row.begin;
  const std::int64_t work = cells * shape.n_head * (shape.head_dim + shape.head_dim_v);
  constexpr std::int64_t kWorthSharing = 1 << 16;
  const std::int64_t n_parts = n_blocks * parts_a_token;
  const std::int64_t grain =
      work < kWorthSharing ? n_parts : std::clamp<std::int64_t>(n_parts * (kWorthSharing / 4) / work, 1, n_parts);

  context.pool.parallel_for(n_parts, std::max<std::int64_t>(1, grain), [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t part = begin; part < end; ++part) {
      // All tokens of a head before the next head: in a prefill they read the same keys and values.
      const std::int64_t block = part % n_blocks;
      const std::int64_t kv_head = part / n_blocks / parts_a_group;
      const std::int64_t first_head = part / n_blocks % parts_a_group * kPartHeads;
      const std::int64_t head = kv_head * group + first_head;
      const std::int64_t block_end = std::min(n_tokens, (block + 1) * part_tokens);
      for (std::int64_t t = block * part_tokens, next = t; t < block_end; t = next) {
        const KvLayer* kv = rows[static_cast<std::size_t>(t)].kv;
        AttentionQuery tokens[kMaxAttentionRows];
        for (; next < block_end && rows[static_cast<std::size_t>(next)].kv == kv; ++next) {
          const AttentionRow& row = rows[static_cast<std::size_t>(next)];
          assert(0 <= row.begin && row.begin < row.end);
          const std::int64_t place = next * shape.n_head + head;
          tokens[next - t] = {q + place * shape.head_dim, out + place * shape.head_dim_v, row.begin, row.end};
        }
        context.table.attention({tokens, next - t, std::min(kPartHeads, group - first_head), shape.head_dim,
                                 shape.head_dim_v, kv->k_pages.data(), kv->v_pages.data(), kv_head, shape.kv_dtype,
                                 shape.scale, shape.soft_cap});
      }
    }
  });
}

void store_kv(const float* x, std::int64_t n_head_kv, std::int64_t head_dim, DType dtype, std::byte* page,
              std::int64_t cell) {
  assert(0 <= cell && cell < kKvPageTokens);
  const KernelTable& table = kernel_table();
  const std::size_t row = row_bytes(dtype, head_dim);
  for (std::int64_t h = 0; h < n_head_kv; ++h) {
    const float* from = x + h * head_dim;
    std::byte* head = page + static_cast<std::size_t>(h) * kv_head_bytes(dtype, head_dim);
    std::byte* to = head + static_cast<std::size_t>(cell) * row;
    switch (dtype) {
      case DType::kF32: std::memcpy(to, from, row); break;
      case DType::kF16: table.to_f16(from, head_dim, to); break;
      case DType::kBF16: table.to_bf16(from, head_dim, to); break;
      case DType::kI8: {
        const float scale = table.to_s8(from, head_dim, reinterpret_cast<std::int8_t*>(to));
        std::memcpy(
            head + static_cast<std::size_t>(kKvPageTokens) * row + static_cast<std::size_t>(cell) * sizeof(scale),
            &scale, sizeof(scale));
        break;
      }
      default: assert(is_kv_dtype(dtype)); break;
    }
  }
}

}  // namespace hearth
