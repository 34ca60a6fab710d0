// Prompt lookup: what a text says next is guessed from what followed when it last said the same. It only looks; whether
// a guess is worth checking, and whether it is right, others decide.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hearth/sampling.h"

namespace hearth {

struct Draft {
  std::vector<TokenId> tokens;  ///< what may follow; empty where nothing is known
  std::int64_t match = 0;  ///< how many of the last tokens stood in front of it the other time, at most kLongestMatch
};

inline constexpr std::int64_t kShortestMatch = 2;  ///< a single token says little of the next one
inline constexpr std::int64_t kLongestMatch = 8;   ///< more does not make it likelier

/// Finds where the longest end of `tokens` (kShortestMatch to kLongestMatch of them) stood before, the last such place
/// among equals, and puts the at most `most` tokens that followed there into `draft`. Where they reach the end of
/// `tokens` they go on with themselves, as a text that repeats does. Costs a comparison a token.
void find_draft(std::span<const TokenId> tokens, std::int64_t most, Draft& draft);

}  // namespace hearth
