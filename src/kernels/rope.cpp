#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "kernels/elementwise.h"
#include "kernels/share_rows.h"

namespace hearth {
namespace {

/// Cosines and sines of one batch, [n_tokens, 2, n_half]. Every layer of a forward pass asks for the same angles, so
/// the last ones are kept.
class Angles {
 public:
  bool are_for(std::span<const float> inv_freq, float magnitude, std::span<const std::int32_t> positions) const {
    return magnitude == magnitude_ &&
           std::equal(inv_freq.begin(), inv_freq.end(), inv_freq_.begin(), inv_freq_.end()) &&
           std::equal(positions.begin(), positions.end(), positions_.begin(), positions_.end());
  }

  void compute(std::span<const float> inv_freq, float magnitude, std::span<const std::int32_t> positions) {
    inv_freq_.assign(inv_freq.begin(), inv_freq.end());
    positions_.assign(positions.begin(), positions.end());
    magnitude_ = magnitude;
    values_.resize(2 * inv_freq.size() * positions.size());
    float* out = values_.data();
    for (const std::int32_t position : positions) {
      for (std::size_t i = 0; i < inv_freq.size(); ++i) {
        const double angle = static_cast<double>(position) * static_cast<double>(inv_freq[i]);
        out[i] = static_cast<float>(std::cos(angle) * magnitude);
        out[inv_freq.size() + i] = static_cast<float>(std::sin(angle) * magnitude);
      }
      out += 2 * inv_freq.size();
    }
  }

  const float* cosines(std::int64_t t) const {
    return values_.data() + 2 * inv_freq_.size() * static_cast<std::size_t>(t);
  }
  const float* sines(std::int64_t t) const { return cosines(t) + inv_freq_.size(); }

 private:
  std::vector<float> inv_freq_;
  std::vector<std::int32_t> positions_;
  float magnitude_ = 0;
  std::vector<float> values_;
};

/// Some models have two kinds of layers, each with its frequencies: two sets are kept.
const Angles& angles_of(std::span<const float> inv_freq, float magnitude, std::span<const std::int32_t> positions) {
  thread_local std::array<Angles, 2> kept;
  thread_local std::size_t last = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i].are_for(inv_freq, magnitude, positions)) {
      last = i;
      return kept[i];
    }
  }
  last = 1 - last;
  kept[last].compute(inv_freq, magnitude, positions);
  return kept[last];
}

}  // namespace

void rope(float* x, std::int64_t ldx, std::int64_t n_tokens, std::int64_t n_head, std::int64_t head_dim,
          std::span<const float> inv_freq, RopeKind kind, float magnitude, std::span<const std::int32_t> positions,
          KernelContext& context) {
  const auto n_half = static_cast<std::int64_t>(inv_freq.size());
  assert(2 * n_half <= head_dim && static_cast<std::int64_t>(positions.size()) == n_tokens);
  if (n_half == 0) return;
  const Angles& angles = angles_of(inv_freq, magnitude, positions);
  share_rows(n_tokens, n_head * n_half, context, [&](std::int64_t t) {
    for (std::int64_t head = 0; head < n_head; ++head) {
      context.table.rotate(x + t * ldx + head * head_dim, angles.cosines(t), angles.sines(t), n_half, kind);
    }
  });
}

}  // namespace hearth
