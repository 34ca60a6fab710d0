#include "kernels/attention.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "kernels/scratch.h"

namespace hearth {

namespace {

/// Query heads of one KV head that a part takes.
constexpr std::int64_t kPartHeads = 8;
/// Parts that each worker should get at least, so that one that was held up does not hold up the others.
constexpr std::int64_t kPartsAWorker = 8;

/// Where the scale of a cell lies that has one.
std::byte* scale_of(std::byte* head, std::size_t row_bytes, std::int64_t cell) {
  assert(0 <= cell && cell < kKvPageTokens);
  return head + static_cast<std::size_t>(kKvPageTokens) * row_bytes + static_cast<std::size_t>(cell) * sizeof(float);
}

/// x [n] as `dtype`; `scale` is written with I8 alone.
void convert(const float* x, std::int64_t n, DType dtype, std::byte* to, std::byte* scale) {
  const KernelTable& table = kernel_table();
  switch (dtype) {
    case DType::kF32: std::memcpy(to, x, row_bytes(dtype, n)); break;
    case DType::kF16: table.to_f16(x, n, to); break;
    case DType::kBF16: table.to_bf16(x, n, to); break;
    case DType::kI8: {
      const float factor = table.to_s8(x, n, reinterpret_cast<std::int8_t*>(to));
      std::memcpy(scale, &factor, sizeof(factor));
      break;
    }
    default: assert(is_kv_dtype(dtype)); break;
  }
}

/// The n numbers of a key into column `cell` of [n, kKvPageTokens].
template <typename Bits>
void spread(const std::byte* key, std::int64_t n, std::byte* head, std::int64_t cell) {
  std::byte* to = head + static_cast<std::size_t>(cell) * sizeof(Bits);
  for (std::int64_t i = 0; i < n; ++i, key += sizeof(Bits), to += kKvPageTokens * sizeof(Bits))
    std::memcpy(to, key, sizeof(Bits));
}

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

void store_key(const float* x, std::int64_t n_head_kv, std::int64_t head_dim, DType dtype, std::byte* page,
               std::int64_t cell) {
  const std::size_t row = row_bytes(dtype, head_dim);
  std::byte* key = scratch(ScratchUse::kWorker, row);
  for (std::int64_t h = 0; h < n_head_kv; ++h) {
    std::byte* head = page + static_cast<std::size_t>(h) * kv_head_bytes(dtype, head_dim);
    convert(x + h * head_dim, head_dim, dtype, key, scale_of(head, row, cell));
    switch (row / static_cast<std::size_t>(head_dim)) {
      case 1: spread<std::uint8_t>(key, head_dim, head, cell); break;
      case 2: spread<std::uint16_t>(key, head_dim, head, cell); break;
      default: spread<std::uint32_t>(key, head_dim, head, cell); break;
    }
  }
}

void store_value(const float* x, std::int64_t n_head_kv, std::int64_t head_dim, DType dtype, std::byte* page,
                 std::int64_t cell) {
  const std::size_t row = row_bytes(dtype, head_dim);
  for (std::int64_t h = 0; h < n_head_kv; ++h) {
    std::byte* head = page + static_cast<std::size_t>(h) * kv_head_bytes(dtype, head_dim);
    convert(x + h * head_dim, head_dim, dtype, head + static_cast<std::size_t>(cell) * row, scale_of(head, row, cell));
  }
}

}  // namespace hearth
