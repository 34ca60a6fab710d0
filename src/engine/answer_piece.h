// What a caller gets of an answer while it grows.
#pragma once

#include <span>
#include <string_view>

#include "hearth/model.h"

namespace hearth {

/// What one token, or the end of what was held back, adds to an answer.
struct AnswerPiece {
  std::string_view text;  ///< certain text; empty only where probabilities of tokens without text are left at the end
  /// Where they were asked for: of the tokens since the last piece, each with the piece that completes its text. All
  /// pieces together have those of Generation::logprobs.
  std::span<const TokenLogprob> logprobs;
};

}  // namespace hearth
