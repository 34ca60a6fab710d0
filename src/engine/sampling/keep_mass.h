// The common heart of top-p and typical sampling: candidates in the order of a key, until their probabilities reach a
// share.
#pragma once

#include <span>

#include "engine/sampling/candidates.h"

namespace hearth {

/// Keeps the candidates with the smallest keys (>= 0, never NaN; among equals the lowest ids first) up to and including
/// the one with which their weights reach `mass`. Linear time: no sort, whatever the keys are. REQUIRES: weighed; one
/// key a candidate.
void keep_mass(Candidates& candidates, std::span<const float> keys, double mass);

}  // namespace hearth
