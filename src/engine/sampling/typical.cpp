#include <cmath>
#include <vector>

#include "engine/sampling/keep_mass.h"
#include "engine/sampling/truncation.h"

namespace hearth {

void apply_typical(Candidates& candidates, float typical_p) {
  if (typical_p >= 1.0F || candidates.size() < 2) return;
  candidates.weigh();
  // With d = distance, p = e^-d / Z: surprise = d + ln Z and entropy = Σ p·d + ln Z, so ln Z cancels in their
  // difference.
  double mean_distance = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const float weight = candidates.weight(i);
    if (weight > 0.0F) mean_distance += static_cast<double>(weight) * static_cast<double>(candidates.distance(i));
  }
  mean_distance /= candidates.total();
  std::vector<float> atypicality(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    atypicality[i] = static_cast<float>(std::fabs(static_cast<double>(candidates.distance(i)) - mean_distance));
  }
  keep_mass(candidates, atypicality, static_cast<double>(typical_p) * candidates.total());
}

}  // namespace hearth
