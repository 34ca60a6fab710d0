// Eight or sixteen groups of a super-block side by side: value i of every group stands in row i, so that one operation
// works on four groups at once, and each group's sums run in one fixed order. Vectors of four floats exist on every CPU
// that Hearth runs on, so the same bytes come out everywhere.
#pragma once

#include <cstring>

namespace hearth {

using Four = float __attribute__((vector_size(16)));
using FourInts = int __attribute__((vector_size(16)));

inline Four four(float x) { return Four{x, x, x, x}; }
inline Four absolute(Four x) { return x < 0.0F ? -x : x; }
inline Four smaller(Four a, Four b) { return b < a ? b : a; }
inline Four larger(Four a, Four b) { return a < b ? b : a; }

/// x rounded to a whole number from 0 to `most`; 0 for what is no number.
inline Four levels(Four x, Four most) {
  const Four low = x > 0.0F ? x : four(0.0F);
  return __builtin_convertvector(__builtin_convertvector(smaller(low, most) + 0.5F, FourInts), Four);
}
inline float level(float x, float most) {
  const float low = x > 0.0F ? x : 0.0F;
  const float cut = low < most ? low : most;
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative, and the same as levels() beside it
  return static_cast<float>(static_cast<int>(cut + 0.5F));
}

/// One number for each group.
template <int kGroups>
struct Lanes {
  alignas(16) float at[kGroups];

  float& operator[](int group) { return at[group]; }
  float operator[](int group) const { return at[group]; }
  /// Those of groups 4v … 4v + 3.
  Four get(int v) const {
    Four result;
    std::memcpy(&result, at + 4 * v, sizeof result);
    return result;
  }
  void set(int v, Four value) { std::memcpy(at + 4 * v, &value, sizeof value); }
};

/// Values of one super-block: rows of `kGroups` values that have the same place in their groups.
template <int kGroups, int kLength>
struct GroupedValues {
  Lanes<kGroups> at[kLength];

  void load(const float* x) {
    for (int i = 0; i < kLength; ++i) {
      for (int g = 0; g < kGroups; ++g) at[i][g] = x[g * kLength + i];
    }
  }
  Lanes<kGroups>& operator[](int i) { return at[i]; }
  const Lanes<kGroups>& operator[](int i) const { return at[i]; }
};

}  // namespace hearth
