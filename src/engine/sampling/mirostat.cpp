#include "engine/sampling/mirostat.h"

#include "engine/sampling/portable_math.h"

namespace hearth {
namespace {

constexpr double kLn2 = 0.693147180559945309417;

}  // namespace

TokenId Mirostat::draw(Candidates& candidates, float temperature, Random& random) {
  candidates.weigh(temperature);
  // -log2(weight / total) <= mu, without a logarithm per candidate. The likeliest has distance 0 and stays whatever mu
  // is.
  const double farthest = mu_ * kLn2 - natural_log(candidates.total());
  const auto allowed = [&](std::size_t i) {
    const double distance = static_cast<double>(candidates.distance(i)) / static_cast<double>(temperature);
    return distance <= farthest;
  };
  bool any = false;
  for (std::size_t i = 0; i < candidates.size() && !any; ++i) any = allowed(i);
  if (any) {
    candidates.keep_if(allowed);
  } else {
    bool found = false;
    candidates.keep_if([&](std::size_t i) {
      const bool is_first_best = !found && candidates.distance(i) == 0.0F;
      found = found || is_first_best;
      return is_first_best;
    });
  }
  candidates.update_total();

  const std::size_t drawn = candidates.draw(random);
  const double surprise = natural_log(candidates.total() / static_cast<double>(candidates.weight(drawn))) / kLn2;
  mu_ -= eta_ * (surprise - tau_);
  return candidates.id(drawn);
}

}  // namespace hearth
