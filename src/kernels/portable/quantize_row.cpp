#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/portable/operations.h"

namespace hearth::portable {
namespace {

/// Groups smaller than this are taken for zeros: 127 / amax would overflow.
constexpr float kSmallestMaximum = 1e-30f;

struct Group {
  std::int8_t q[32];
  float scale;
  std::int32_t sum;
};

/// `n` values, 0 < n <= group; the rest of the group is padding.
Group round_group(const float* x, std::int64_t n) {
  Group g{};
  float amax = 0;
  bool finite = true;
  for (std::int64_t i = 0; i < n; ++i) {
    amax = std::fmax(amax, std::fabs(x[i]));
    finite = finite && std::isfinite(x[i]);
  }
  if (!finite) {
    g.scale = std::numeric_limits<float>::quiet_NaN();
    return g;
  }
  if (amax < kSmallestMaximum) return g;
  g.scale = amax / 127;
  const float inverse = 127 / amax;
  for (std::int64_t i = 0; i < n; ++i) {
    g.q[i] = static_cast<std::int8_t>(std::nearbyint(x[i] * inverse));
    g.sum += g.q[i];
  }
  return g;
}

}  // namespace

void quantize_row(const float* x, std::int64_t n, int group, GroupOrder order, std::byte* out) {
  const std::int64_t n_chunks = chunks(n);
  const std::int64_t groups_a_chunk = kChunk / group;
  const std::int64_t n_groups = n_chunks * groups_a_chunk;
  auto* q = reinterpret_cast<std::int8_t*>(out);
  auto* scale = reinterpret_cast<float*>(out + n_chunks * kChunk);
  auto* sum = reinterpret_cast<std::int32_t*>(scale + n_groups);
  auto* scaled_sum = reinterpret_cast<float*>(sum + n_groups);
  for (std::int64_t i = 0; i < n_groups; ++i) {
    const std::int64_t first = i * group;
    const Group g = first < n ? round_group(x + first, std::min<std::int64_t>(group, n - first)) : Group{};
    const std::int64_t place = order == GroupOrder::kNatural ? i : i % groups_a_chunk * n_chunks + i / groups_a_chunk;
    std::memcpy(q + place * group, g.q, static_cast<std::size_t>(group));
    scale[place] = g.scale;
    sum[place] = g.sum;
    scaled_sum[place] = g.scale * static_cast<float>(g.sum);
  }
}

}  // namespace hearth::portable
