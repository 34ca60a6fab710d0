// Probabilities of tokens as the model gave them, for those who ask.
#pragma once

#include <cstdint>
#include <span>

#include "hearth/model.h"

namespace hearth {

inline constexpr std::int32_t kMostTopLogprobs = 20;
/// Stands for all that is less likely, -infinity included: JSON cannot write that.
inline constexpr float kLeastLogprob = -9999.0F;

/// The natural logarithm of softmax(logits)[id], and of the `n_top` likeliest of the first `n_tokens` (the lowest id
/// first among equals). Rows behind `n_tokens`, which stand for no token, count in the sum as the model gave them.
/// Not-a-number counts as -infinity.
TokenLogprob token_logprob(std::span<const float> logits, TokenId id, std::int32_t n_top, std::int64_t n_tokens);

}  // namespace hearth
