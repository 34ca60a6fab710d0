// From the hidden states of a text's tokens to one vector.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/transformer_spec.h"

namespace hearth {

/// hidden [n_tokens, n_embd], n_tokens > 0 → [dimensions]: pooled over all tokens, cut to the first `dimensions`, then
/// divided by its Euclidean norm where `normalize` says so (a zero vector stays zero).
std::vector<float> pool(std::span<const float> hidden, std::int64_t n_embd, Pooling pooling, std::int64_t dimensions,
                        bool normalize);

}  // namespace hearth
