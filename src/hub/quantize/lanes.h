// Eight or sixteen groups of a super-block side by side: value i of every group stands in row i, so that one loop works
// on all groups at once and each group's sums run in one fixed order, whatever vectors the compiler makes of it.
#pragma once

namespace hearth {

template <int kGroups>
struct Lanes {
  float at[kGroups];

  float& operator[](int group) { return at[group]; }
  float operator[](int group) const { return at[group]; }
};

/// x rounded to a whole number from 0 to `most`; 0 for what is no number.
inline float level(float x, float most) {
  const float low = x > 0.0F ? x : 0.0F;
  const float cut = low < most ? low : most;
  return static_cast<float>(static_cast<int>(cut + 0.5F));
}

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
