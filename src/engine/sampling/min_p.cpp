#include "engine/sampling/portable_math.h"
#include "engine/sampling/truncation.h"

namespace hearth {

void apply_min_p(Candidates& candidates, float min_p) {
  if (min_p <= 0.0F || candidates.size() < 2) return;
  const double farthest = -natural_log(static_cast<double>(min_p));
  candidates.keep_if([&](std::size_t i) { return static_cast<double>(candidates.distance(i)) <= farthest; });
}

}  // namespace hearth
