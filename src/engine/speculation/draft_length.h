// How many guessed tokens are worth checking in the next pass.
#pragma once

#include <cstdint>

#include "engine/speculation/pass_times.h"

namespace hearth {

/// The tokens that `drafted` guesses are expected to bring, each right with `chance` if those before it are.
double expected_gain(double chance, std::int64_t drafted);

/// Of at most `most` guesses as many as make the expected tokens per second the most, in a pass of `rows` rows that
/// brings `tokens` tokens without them. REQUIRES: rows + most <= PassTimes::kMostRows, 0 <= chance < 1.
std::int64_t draft_length(double chance, std::int64_t most, std::int64_t rows, double tokens, const PassTimes& times);

}  // namespace hearth
