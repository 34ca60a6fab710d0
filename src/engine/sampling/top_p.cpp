#include <vector>

#include "engine/sampling/keep_mass.h"
#include "engine/sampling/truncation.h"

namespace hearth {

void apply_top_p(Candidates& candidates, float top_p) {
  if (top_p >= 1.0F || candidates.size() < 2) return;
  candidates.weigh();
  // All weights below (1 - p) · total / n together are less than (1 - p) · total, so p is reached without any of them.
  // Leaving them out first makes the rest cheap for the peaked distributions that models give.
  const double mass = static_cast<double>(top_p) * candidates.total();
  constexpr double kRoundingMargin = 0.999;
  const double floor = kRoundingMargin * (candidates.total() - mass) / static_cast<double>(candidates.size());
  candidates.keep_if([&](std::size_t i) { return static_cast<double>(candidates.weight(i)) >= floor; });

  std::vector<float> distances(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) distances[i] = candidates.distance(i);
  keep_mass(candidates, distances, mass);
}

}  // namespace hearth
