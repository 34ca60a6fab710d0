// The steps that take unlikely (or, XTC, the very likeliest) candidates away. Probabilities are those of the candidates
// that are left when a step begins. Each step keeps at least one, and is the identity at the value that turns it off.
#pragma once

#include "engine/sampling/candidates.h"
#include "engine/sampling/random.h"

namespace hearth {

/// Locally typical sampling (Meister et al. 2022, arXiv 2202.00666): those whose surprise -ln p is nearest to the
/// entropy, until they hold `typical_p` of the probability. Off at 1.
void apply_typical(Candidates& candidates, float typical_p);

/// Nucleus sampling (Holtzman et al. 2019, arXiv 1904.09751): the likeliest until they hold `top_p` of the probability;
/// the one that crosses stays. Off at 1.
void apply_top_p(Candidates& candidates, float top_p);

/// Those with at least `min_p` times the probability of the likeliest (Nguyen et al. 2024, arXiv 2407.01082). Off at 0.
void apply_min_p(Candidates& candidates, float min_p);

/// Exclude top choices: with the given chance, removes all candidates of at least `threshold` probability but the least
/// likely of them (the highest id among equals). Draws one number from `random` whenever it is on. Off at probability
/// 0.
void apply_xtc(Candidates& candidates, float probability, float threshold, Random& random);

}  // namespace hearth
