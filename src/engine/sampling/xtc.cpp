#include <cstddef>

#include "engine/sampling/truncation.h"

namespace hearth {

void apply_xtc(Candidates& candidates, float probability, float threshold, Random& random) {
  if (probability <= 0.0F) return;
  // Drawn before anything else is looked at: how many numbers a token costs must not depend on the logits.
  const bool acts = random.uniform() < static_cast<double>(probability);
  if (!acts || threshold > 0.5F || candidates.size() < 2) return;  // above one half there is at most one top choice

  candidates.weigh();
  const double bound = static_cast<double>(threshold) * candidates.total();
  const auto is_top = [&](std::size_t i) { return static_cast<double>(candidates.weight(i)) >= bound; };
  std::size_t spared = candidates.size();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!is_top(i)) continue;
    if (spared == candidates.size() || candidates.distance(i) >= candidates.distance(spared)) spared = i;
  }
  candidates.keep_if([&](std::size_t i) { return i == spared || !is_top(i); });
}

}  // namespace hearth
