// DRY, "don't repeat yourself" (p-e-w, github.com/oobabooga/text-generation-webui/pull/5677): a token that would
// continue a repetition of earlier text gets a penalty that grows with the length of the repetition.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/pattern_matcher.h"
#include "hearth/sampling.h"

namespace hearth {

class Tokenizer;

class DryPenalty {
 public:
  /// `tokenizer` must outlive this. Reads the dry_* members of valid `params`.
  DryPenalty(const SamplingParams& params, const Tokenizer& tokenizer);

  void accept(TokenId id);
  /// Subtracts multiplier · base^(match - allowed_length) from each token t for which the last `match` >=
  /// allowed_length tokens also stand earlier in the window with t after them; the longest match counts. A match never
  /// reaches back over a sequence breaker (found in the bytes, wherever tokens end), and a token that contains a
  /// breaker is never penalised. Linear in the window. Infinite logits stay as they are; results stay finite.
  void apply(std::span<float> logits);

 private:
  std::string bytes_of(TokenId id) const;

  const Tokenizer& tokenizer_;
  bool active_;
  float multiplier_, base_;
  std::size_t allowed_length_;
  std::size_t window_;  ///< tokens; 0: without limit
  PatternMatcher breakers_;
  PatternMatcher::State breaker_state_ = PatternMatcher::kStart;
  std::vector<TokenId> history_;
  std::size_t after_breaker_ = 0;            ///< tokens since the last one in which a breaker ended
  std::vector<std::uint32_t> match_length_;  ///< scratch of apply
};

}  // namespace hearth
