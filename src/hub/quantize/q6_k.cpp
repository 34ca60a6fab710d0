// Q6_K: x ≈ d · scale · q with an 8-bit scale for each group of 16 and q from −32 to 31.
//
// The method is the published one of k-quants (ggml, Kawrakow 2023): guesses of the step around "the value of largest
// magnitude gets the lowest level", each judged by weighted least squares, w = x². Added here: d and the scales are
// fitted again to the levels that came out, as long as that makes the error less.
#include <cmath>
#include <cstdint>

#include "hub/quantize/block_quantizers.h"
#include "hub/quantize/lanes.h"
#include "tensor/blocks.h"
#include "tensor/half.h"

namespace hearth {
namespace {

constexpr int kGroups = 16;
constexpr int kLength = 16;
constexpr float kCentre = 32.0F;
constexpr float kMost = 63.0F;
constexpr int kSteps = 9;  ///< guesses on either side of the plain one
constexpr int kRefinements = 3;
using Row = Lanes<kGroups>;
using Values = GroupedValues<kGroups, kLength>;

struct LevelSums {
  Row qq{}, qx{};
};

/// From −32 to 31.
Four signed_levels(Four x) { return levels(x + kCentre, four(kMost)) - kCentre; }

LevelSums sums_of_levels(const Values& x, const Row& inverse) {
  LevelSums sums;
  for (int v = 0; v < kGroups / 4; ++v) {
    const Four steps = inverse.get(v);
    Four qq = four(0);
    Four qx = four(0);
    for (int i = 0; i < kLength; ++i) {
      const Four value = x[i].get(v);
      const Four q = signed_levels(value * steps);
      const Four wq = value * value * q;
      qq += wq * q;
      qx += wq * value;
    }
    sums.qq.set(v, qq);
    sums.qx.set(v, qx);
  }
  return sums;
}

/// Each group's value of largest magnitude, with its sign.
Row extremes(const Values& x) {
  Row result;
  for (int v = 0; v < kGroups / 4; ++v) {
    Four extreme = four(0);
    for (int i = 0; i < kLength; ++i) {
      const Four value = x[i].get(v);
      extreme = absolute(value) > absolute(extreme) ? value : extreme;
    }
    result.set(v, extreme);
  }
  return result;
}

Row search(const Values& x) {
  const Row extreme = extremes(x);
  Row best{};
  Row best_gain{};
  for (int step = -kSteps; step <= kSteps; ++step) {
    Row inverse;
    for (int g = 0; g < kGroups; ++g) {
      inverse[g] = extreme[g] != 0.0F ? -(kCentre + 0.1F * static_cast<float>(step)) / extreme[g] : 0.0F;
    }
    const LevelSums sums = sums_of_levels(x, inverse);
    for (int g = 0; g < kGroups; ++g) {
      const float scale = sums.qq[g] > 0.0F ? sums.qx[g] / sums.qq[g] : 0.0F;
      const float gain = scale * sums.qx[g];
      const bool better = gain > best_gain[g];
      best_gain[g] = better ? gain : best_gain[g];
      best[g] = better ? scale : best[g];
    }
  }
  return best;
}

struct Coded {
  std::uint16_t d = 0;
  std::int8_t scale[kGroups] = {};

  Row decoded() const {
    Row row;
    for (int g = 0; g < kGroups; ++g) row[g] = f16_to_f32(d) * static_cast<float>(scale[g]);
    return row;
  }
};

Row inverse_of(const Row& scale) {
  Row inverse;
  for (int g = 0; g < kGroups; ++g) inverse[g] = scale[g] != 0.0F ? 1.0F / scale[g] : 0.0F;
  return inverse;
}

Coded code(const Row& scales, float d) {
  Coded coded;
  coded.d = f32_to_f16(d);
  if (d == 0.0F) return coded;
  for (int g = 0; g < kGroups; ++g) {
    coded.scale[g] = static_cast<std::int8_t>(static_cast<int>(level(scales[g] / d + 128.0F, 255.0F)) - 128);
  }
  return coded;
}

/// The sums that the stored scales lead to, and the weighted error that remains (up to a constant).
struct Outcome {
  LevelSums sums;
  double error = 0;
};

Outcome outcome_of(const Values& x, const Coded& coded) {
  const Row scale = coded.decoded();
  Outcome outcome;
  outcome.sums = sums_of_levels(x, inverse_of(scale));
  for (int g = 0; g < kGroups; ++g) {
    const double s = scale[g];
    outcome.error += s * s * outcome.sums.qq[g] - 2 * s * outcome.sums.qx[g];
  }
  return outcome;
}

/// d by least squares over the super-block, then each group's scale for the levels it has.
Coded refit(const Coded& coded, const LevelSums& sums) {
  double qq = 0;
  double qx = 0;
  for (int g = 0; g < kGroups; ++g) {
    const double s = coded.scale[g];
    qq += s * s * sums.qq[g];
    qx += s * sums.qx[g];
  }
  if (!(qq > 0)) return coded;
  Row scales;
  for (int g = 0; g < kGroups; ++g) scales[g] = sums.qq[g] > 0.0F ? sums.qx[g] / sums.qq[g] : 0.0F;
  return code(scales, f16_to_f32(f32_to_f16(static_cast<float>(qx / qq))));
}

Coded best_coding(const Values& x, const Row& scales) {
  float extreme = 0;
  for (int g = 0; g < kGroups; ++g) {
    if (std::fabs(scales[g]) > std::fabs(extreme)) extreme = scales[g];
  }
  Coded best = code(scales, extreme / -128.0F);
  Outcome outcome = outcome_of(x, best);
  for (int i = 0; i < kRefinements; ++i) {
    const Coded next = refit(best, outcome.sums);
    const Outcome reached = outcome_of(x, next);
    if (!(reached.error < outcome.error)) break;
    best = next;
    outcome = reached;
  }
  return best;
}

void levels_of(const Values& x, const Coded& coded, std::uint8_t* q) {
  const Row inverse = inverse_of(coded.decoded());
  for (int i = 0; i < kLength; ++i) {
    for (int v = 0; v < kGroups / 4; ++v) {
      const Four level_of = signed_levels(x[i].get(v) * inverse.get(v)) + kCentre;
      for (int g = 0; g < 4; ++g) q[(4 * v + g) * kLength + i] = static_cast<std::uint8_t>(level_of[g]);
    }
  }
}

/// Four runs of 32 in each half: low nibbles, then two high bits (tensor/blocks.h).
void pack(const std::uint8_t* q, BlockQ6_K& out) {
  for (int half = 0; half < 2; ++half) {
    const std::uint8_t* at = q + std::ptrdiff_t{128} * half;
    for (int i = 0; i < 32; ++i) {
      out.ql[64 * half + i] = static_cast<std::uint8_t>((at[i] & 15) | ((at[i + 64] & 15) << 4));
      out.ql[64 * half + 32 + i] = static_cast<std::uint8_t>((at[i + 32] & 15) | ((at[i + 96] & 15) << 4));
      out.qh[32 * half + i] = static_cast<std::uint8_t>((at[i] >> 4) | ((at[i + 32] >> 4) << 2) |
                                                        ((at[i + 64] >> 4) << 4) | ((at[i + 96] >> 4) << 6));
    }
  }
}

}  // namespace

void quantize_q6_k(const float* x, std::int64_t n, std::byte* out) {
  auto* blocks = reinterpret_cast<BlockQ6_K*>(out);
  Values values;
  std::uint8_t q[kSuperBlock];
  for (std::int64_t i = 0; i < n / kSuperBlock; ++i) {
    values.load(x + i * kSuperBlock);
    const Coded coded = best_coding(values, search(values));
    blocks[i].d = coded.d;
    for (int g = 0; g < kGroups; ++g) blocks[i].scales[g] = coded.scale[g];
    levels_of(values, coded, q);
    pack(q, blocks[i]);
  }
}

}  // namespace hearth
