// Activations to 8 bits, the vector version of portable/quantize_row.cpp: the same scales and quants.
#pragma once

#include "kernels/generic/inline.h"
#include "kernels/kernel_table.h"

namespace hearth {
namespace {

/// Where the groups of one row go.
struct GroupWriter {
  std::int8_t* q;
  float* scale;
  std::int32_t* sum;
  float* scaled_sum;
};

/// One whole group of kGroup values to `place`.
template <int kGroup>
HEARTH_INLINE void quantize_group(const float* x, const GroupWriter& out, std::int64_t place) {
  constexpr int kVectors = kGroup / F32::kLanes;
  F32 v[kVectors];
  F32 largest_so_far = F32::zero();
  F32 poison = F32::zero();  // stays zero unless a value is not finite: 0 · x is then NaN
  unroll<kVectors>([&](auto i) HEARTH_INLINE_LAMBDA {
    v[i] = F32::load(x + i * F32::kLanes);
    largest_so_far = max(abs(v[i]), largest_so_far);
    poison = fma(v[i], F32::zero(), poison);
  });
  const float amax = largest(largest_so_far);
  const float poisoned = sum(poison);
  std::int8_t* q = out.q + place * kGroup;
  if (!(poisoned == 0.0f) || amax < 1e-30f) {  // the same limit as in the portable version
    for (int i = 0; i < kGroup; ++i) q[i] = 0;
    const float scale = poisoned == 0.0f ? 0.0f : __builtin_nanf("");
    out.scale[place] = scale;
    out.sum[place] = 0;
    out.scaled_sum[place] = scale;
    return;
  }
  const float scale = amax / 127;
  const F32 inverse = F32::set1(127 / amax);
  F32::Ints total = F32::Ints::set1(0);
  unroll<kVectors>([&](auto i) HEARTH_INLINE_LAMBDA {
    const F32::Ints rounded = round_to_int(v[i] * inverse);
    store_s8(rounded, q + i * F32::kLanes);
    total = total + rounded;
  });
  const std::int32_t group_sum = sum(total);
  out.scale[place] = scale;
  out.sum[place] = group_sum;
  out.scaled_sum[place] = scale * static_cast<float>(group_sum);
}

template <int kGroup>
HEARTH_INLINE void quantize_groups(const float* x, std::int64_t n, GroupOrder order, std::byte* out) {
  constexpr std::int64_t kGroupsAChunk = kChunk / kGroup;
  const std::int64_t n_chunks = chunks(n);
  const std::int64_t n_groups = n_chunks * kGroupsAChunk;
  GroupWriter writer{};
  writer.q = reinterpret_cast<std::int8_t*>(out);
  writer.scale = reinterpret_cast<float*>(out + n_chunks * kChunk);
  writer.sum = reinterpret_cast<std::int32_t*>(writer.scale + n_groups);
  writer.scaled_sum = reinterpret_cast<float*>(writer.sum + n_groups);
  for (std::int64_t i = 0; i < n_groups; ++i) {
    const std::int64_t place = order == GroupOrder::kNatural ? i : i % kGroupsAChunk * n_chunks + i / kGroupsAChunk;
    const std::int64_t rest = n - i * kGroup;
    if (rest >= kGroup) {
      quantize_group<kGroup>(x + i * kGroup, writer, place);
    } else {
      float padded[kGroup] = {};
      if (rest > 0) __builtin_memcpy(padded, x + i * kGroup, static_cast<std::size_t>(rest) * sizeof(float));
      quantize_group<kGroup>(padded, writer, place);
    }
  }
}

void quantize_row(const float* x, std::int64_t n, int group, GroupOrder order, std::byte* out) {
  if (group == 16) {
    quantize_groups<16>(x, n, order, out);
  } else {
    quantize_groups<32>(x, n, order, out);
  }
}

}  // namespace
}  // namespace hearth
