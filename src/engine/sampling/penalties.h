// Repetition, presence and frequency penalties over the last tokens of a sequence.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>

#include "hearth/sampling.h"

namespace hearth {

class Penalties {
 public:
  /// Reads penalty_window and the three penalties of valid `params`.
  explicit Penalties(const SamplingParams& params);

  void accept(TokenId id);
  /// For each token of the window, once: a positive logit is divided by repeat_penalty, another multiplied (Keskar et
  /// al. 2019, arXiv 1909.05858, with the usual correction for negative logits); then presence_penalty and occurrences
  /// · frequency_penalty are subtracted. NaN and infinite logits stay as they are; results stay finite.
  void apply(std::span<float> logits) const;

 private:
  bool active_;
  std::size_t window_;  ///< tokens; 0: without limit
  float repeat_, presence_, frequency_;
  std::deque<TokenId> recent_;  ///< kept only with a limit
  std::unordered_map<TokenId, std::int64_t> occurrences_;
};

}  // namespace hearth
