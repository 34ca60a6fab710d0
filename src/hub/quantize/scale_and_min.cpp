// Q4_K and Q5_K: x ≈ d · scale · q − dmin · min, with a 6-bit scale and min for each group of 32.
//
// The method is the published one of k-quants (ggml, Kawrakow 2023): for each group, many guesses of the step between
// two levels; each guess rounds the values to levels, and weighted least squares over those levels gives the best scale
// and minimum; the guess with the least error stays. Large values weigh more: w = rms + |x|. What is added here: after
// the scales have been rounded to 6 bits, d, dmin and the scales are fitted again to the levels that came out, as long
// as that makes the error less.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "hub/quantize/block_quantizers.h"
#include "hub/quantize/lanes.h"
#include "tensor/blocks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

constexpr int kGroups = 8;
constexpr int kLength = 32;
constexpr int kMostScale = 63;
constexpr int kRefinements = 3;
using Row = Lanes<kGroups>;
using Values = GroupedValues<kGroups, kLength>;

/// A super-block's values and weights, and what of them does not depend on the levels.
class Block {
 public:
  Values x, w;
  Row low{}, range{};  ///< of each group; low is at most 0
  Row sum_w{}, sum_wx{};

  explicit Block(const float* values) {
    x.load(values);
    for (int v = 0; v < kGroups / 4; ++v) weigh(v);
  }

 private:
  void weigh(int v) {
    Four square = four(0);
    Four most = x[0].get(v);
    Four least = smaller(most, four(0));
    for (int i = 0; i < kLength; ++i) {
      const Four value = x[i].get(v);
      square += value * value;
      least = smaller(least, value);
      most = larger(most, value);
    }
    low.set(v, least);
    range.set(v, most - least);
    for (int g = 0; g < 4; ++g) square[g] = std::sqrt(square[g] / kLength);
    Four total = four(0);
    Four total_x = four(0);
    for (int i = 0; i < kLength; ++i) {
      const Four value = x[i].get(v);
      const Four weight = square + absolute(value);
      w[i].set(v, weight);
      total += weight;
      total_x += weight * value;
    }
    sum_w.set(v, total);
    sum_wx.set(v, total_x);
  }
};

/// Weighted sums over one group's levels q.
struct LevelSums {
  Row q{}, qq{}, qx{};
};

/// x ≈ scale · q − minimum, group by group; neither is negative.
struct Fit {
  Row scale{}, minimum{};
};

/// The levels of `inverse` steps from `low` on, summed.
LevelSums sums_of_levels(const Block& block, const Row& low, const Row& inverse, float most) {
  LevelSums sums;
  for (int v = 0; v < kGroups / 4; ++v) {
    const Four from = low.get(v);
    const Four steps = inverse.get(v);
    Four q1 = four(0);
    Four q2 = four(0);
    Four qx = four(0);
    for (int i = 0; i < kLength; ++i) {
      const Four x = block.x[i].get(v);
      const Four q = levels((x - from) * steps, four(most));
      const Four wq = block.w[i].get(v) * q;
      q1 += wq;
      q2 += wq * q;
      qx += wq * x;
    }
    sums.q.set(v, q1);
    sums.qq.set(v, q2);
    sums.qx.set(v, qx);
  }
  return sums;
}

/// Weighted least squares of x over (q, 1), the minimum not below 0. `gain` is by how much it lessens the sum of w x².
/// False where the levels leave it open.
bool solve(const LevelSums& sums, const Block& block, int g, float& scale, float& minimum, float& gain) {
  const float determinant = block.sum_w[g] * sums.qq[g] - sums.q[g] * sums.q[g];
  if (!(determinant > 0.0F)) return false;
  scale = (block.sum_w[g] * sums.qx[g] - block.sum_wx[g] * sums.q[g]) / determinant;
  float offset = (sums.qq[g] * block.sum_wx[g] - sums.q[g] * sums.qx[g]) / determinant;
  if (offset > 0.0F) {
    offset = 0.0F;
    scale = sums.qx[g] / sums.qq[g];
  }
  minimum = -offset;
  gain = scale * sums.qx[g] + offset * block.sum_wx[g];
  return scale > 0.0F;
}

/// The best of `n_steps` + 1 guesses: (most + first_step + 0.1 · k) levels in the group's range.
Fit search(const Block& block, float most, float first_step, int n_steps) {
  Fit best;
  Row best_gain;
  for (int g = 0; g < kGroups; ++g) {
    best.scale[g] = block.range[g] / most;
    best.minimum[g] = -block.low[g];
    best_gain[g] = -INFINITY;
  }
  for (int step = 0; step <= n_steps; ++step) {
    Row inverse;
    const float levels = most + first_step + 0.1F * static_cast<float>(step);
    for (int g = 0; g < kGroups; ++g) inverse[g] = block.range[g] > 0.0F ? levels / block.range[g] : 0.0F;
    const LevelSums sums = sums_of_levels(block, block.low, inverse, most);
    for (int g = 0; g < kGroups; ++g) {
      float scale = 0;
      float minimum = 0;
      float gain = 0;
      if (!solve(sums, block, g, scale, minimum, gain) || !(gain > best_gain[g])) continue;
      best_gain[g] = gain;
      best.scale[g] = scale;
      best.minimum[g] = minimum;
    }
  }
  return best;
}

/// A super-block as it is stored, the levels apart.
struct Coded {
  std::uint16_t d = 0, dmin = 0;
  int scale[kGroups] = {}, minimum[kGroups] = {};

  Fit decoded() const {
    Fit fit;
    for (int g = 0; g < kGroups; ++g) {
      fit.scale[g] = f16_to_f32(d) * static_cast<float>(scale[g]);
      fit.minimum[g] = f16_to_f32(dmin) * static_cast<float>(minimum[g]);
    }
    return fit;
  }
};

int scale_level(float value, float unit) {
  return unit > 0.0F ? static_cast<int>(level(value / unit, static_cast<float>(kMostScale))) : 0;
}

Coded code(const Fit& fit, float d, float dmin) {
  Coded coded;
  coded.d = f32_to_f16(d);
  coded.dmin = f32_to_f16(dmin);
  for (int g = 0; g < kGroups; ++g) {
    coded.scale[g] = scale_level(fit.scale[g], d);
    coded.minimum[g] = scale_level(fit.minimum[g], dmin);
  }
  return coded;
}

/// The sums that the stored scales lead to, and the weighted error that remains (up to a constant).
struct Outcome {
  LevelSums sums;
  double error = 0;
};

Row inverse_of(const Row& scale) {
  Row inverse;
  for (int g = 0; g < kGroups; ++g) inverse[g] = scale[g] > 0.0F ? 1.0F / scale[g] : 0.0F;
  return inverse;
}

Row negative(const Row& row) {
  Row result;
  for (int g = 0; g < kGroups; ++g) result[g] = -row[g];
  return result;
}

Outcome outcome_of(const Block& block, const Coded& coded, float most) {
  const Fit fit = coded.decoded();
  Outcome outcome;
  outcome.sums = sums_of_levels(block, negative(fit.minimum), inverse_of(fit.scale), most);
  // The error out of the sums: Σ w (s q − m − x)² without Σ w x², which no coding changes.
  for (int g = 0; g < kGroups; ++g) {
    const double s = fit.scale[g];
    const double m = fit.minimum[g];
    outcome.error += s * s * outcome.sums.qq[g] - 2 * s * m * outcome.sums.q[g] + m * m * block.sum_w[g] -
                     2 * s * outcome.sums.qx[g] + 2 * m * block.sum_wx[g];
  }
  return outcome;
}

/// d and dmin by least squares over the whole super-block, its levels and 6-bit scales held; nothing where they leave
/// it open.
bool fit_units(const Block& block, const Coded& coded, const LevelSums& sums, float& d, float& dmin) {
  double aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;
  for (int g = 0; g < kGroups; ++g) {
    const double s = coded.scale[g];
    const double m = coded.minimum[g];
    aa += s * s * sums.qq[g];
    ab += s * m * sums.q[g];
    bb += m * m * block.sum_w[g];
    ax += s * sums.qx[g];
    bx += m * block.sum_wx[g];
  }
  const double determinant = aa * bb - ab * ab;
  if (determinant > 1e-9 * aa * bb) {
    d = static_cast<float>((ax * bb - ab * bx) / determinant);
    dmin = static_cast<float>((ax * ab - aa * bx) / determinant);
    return d > 0.0F && dmin >= 0.0F;
  }
  if (!(aa > 0) || bb > 0) return false;
  d = static_cast<float>(ax / aa);
  dmin = 0;
  return d > 0.0F;
}

/// The scale of each group for the levels it has, then the minimum for that scale as it will be stored.
Coded refit_groups(const Block& block, const Coded& coded, const LevelSums& sums, float d, float dmin) {
  Coded next = coded;
  next.d = f32_to_f16(d);
  next.dmin = f32_to_f16(dmin);
  const float d_stored = f16_to_f32(next.d);
  const float dmin_stored = f16_to_f32(next.dmin);
  for (int g = 0; g < kGroups; ++g) {
    float scale = 0;
    float minimum = 0;
    float gain = 0;
    if (!solve(sums, block, g, scale, minimum, gain)) continue;
    next.scale[g] = scale_level(scale, d_stored);
    const float stored = d_stored * static_cast<float>(next.scale[g]);
    next.minimum[g] = scale_level((stored * sums.q[g] - block.sum_wx[g]) / block.sum_w[g], dmin_stored);
  }
  return next;
}

Coded best_coding(const Block& block, const Fit& fit, float most) {
  const float most_scale = *std::max_element(fit.scale.at, fit.scale.at + kGroups);
  const float most_minimum = *std::max_element(fit.minimum.at, fit.minimum.at + kGroups);
  Coded best = code(fit, most_scale / kMostScale, most_minimum / kMostScale);
  Outcome outcome = outcome_of(block, best, most);
  for (int i = 0; i < kRefinements; ++i) {
    float d = 0;
    float dmin = 0;
    if (!fit_units(block, best, outcome.sums, d, dmin)) break;
    const Coded next = refit_groups(block, best, outcome.sums, d, dmin);
    const Outcome reached = outcome_of(block, next, most);
    if (!(reached.error < outcome.error)) break;
    best = next;
    outcome = reached;
  }
  return best;
}

void levels_of(const Block& block, const Coded& coded, float most, std::uint8_t* q) {
  const Fit fit = coded.decoded();
  const Row inverse = inverse_of(fit.scale);
  const Row low = negative(fit.minimum);
  for (int i = 0; i < kLength; ++i) {
    for (int v = 0; v < kGroups / 4; ++v) {
      const Four level_of = levels((block.x[i].get(v) - low.get(v)) * inverse.get(v), four(most));
      for (int g = 0; g < 4; ++g) q[(4 * v + g) * kLength + i] = static_cast<std::uint8_t>(level_of[g]);
    }
  }
}

/// Eight scales and minima of six bits in twelve bytes (tensor/blocks.h).
void pack_scales(const Coded& coded, std::uint8_t* scales) {
  for (int g = 0; g < 4; ++g) {
    const int high = g + 4;
    scales[g] = static_cast<std::uint8_t>(coded.scale[g] | ((coded.scale[high] >> 4) << 6));
    scales[high] = static_cast<std::uint8_t>(coded.minimum[g] | ((coded.minimum[high] >> 4) << 6));
    scales[g + 8] = static_cast<std::uint8_t>((coded.scale[high] & 15) | ((coded.minimum[high] & 15) << 4));
  }
}

void pack_nibbles(const std::uint8_t* q, std::uint8_t* qs) {
  for (int pair = 0; pair < kGroups / 2; ++pair) {
    const std::uint8_t* low = q + std::ptrdiff_t{2} * pair * kLength;
    for (int i = 0; i < kLength; ++i) {
      qs[pair * kLength + i] = static_cast<std::uint8_t>((low[i] & 15) | ((low[kLength + i] & 15) << 4));
    }
  }
}

void pack_fifth_bits(const std::uint8_t* q, std::uint8_t* qh) {
  for (int i = 0; i < kLength; ++i) {
    int bits = 0;
    for (int g = 0; g < kGroups; ++g) bits |= (q[g * kLength + i] >> 4) << g;
    qh[i] = static_cast<std::uint8_t>(bits);
  }
}

/// The first guesses of the search leave room at both ends of the range; a finer grid needs fewer of them.
struct Grid {
  float most, first_step;
  int n_steps;
};
constexpr Grid kFourBits{15.0F, -1.0F, 20};
constexpr Grid kFiveBits{31.0F, -0.5F, 15};

template <typename BlockType>
void quantize_super_block(const float* x, const Grid& grid, BlockType& out, std::uint8_t* q) {
  const Block block(x);
  const Coded coded = best_coding(block, search(block, grid.most, grid.first_step, grid.n_steps), grid.most);
  out.d = coded.d;
  out.dmin = coded.dmin;
  pack_scales(coded, out.scales);
  levels_of(block, coded, grid.most, q);
  pack_nibbles(q, out.qs);
}

}  // namespace

void quantize_q4_k(const float* x, std::int64_t n, std::byte* out) {
  auto* blocks = reinterpret_cast<BlockQ4_K*>(out);
  std::uint8_t q[kSuperBlock];
  for (std::int64_t i = 0; i < n / kSuperBlock; ++i) {
    quantize_super_block(x + i * kSuperBlock, kFourBits, blocks[i], q);
  }
}

void quantize_q5_k(const float* x, std::int64_t n, std::byte* out) {
  auto* blocks = reinterpret_cast<BlockQ5_K*>(out);
  std::uint8_t q[kSuperBlock];
  for (std::int64_t i = 0; i < n / kSuperBlock; ++i) {
    quantize_super_block(x + i * kSuperBlock, kFiveBits, blocks[i], q);
    pack_fifth_bits(q, blocks[i].qh);
  }
}

}  // namespace hearth
