// Mirostat 2: truncation that steers the surprise of the text towards a target. Not a truncation step like the others:
// it draws the token itself, because it learns from what was drawn.
#pragma once

#include "engine/sampling/candidates.h"
#include "engine/sampling/random.h"

namespace hearth {

/// Algorithm 2 of Basu et al. 2021 (arXiv 2007.14966). Surprise is in bits; `tau` is the target, `eta` the learning
/// rate.
class Mirostat {
 public:
  Mirostat(float tau, float eta) : tau_(tau), eta_(eta), mu_(2.0 * tau) {}

  /// Drops candidates more surprising than mu (the likeliest always stays), draws one of the others at `temperature`
  /// and moves mu by the error of its surprise. Returns the drawn token. REQUIRES: not empty, temperature > 0.
  TokenId draw(Candidates& candidates, float temperature, Random& random);

  double mu() const { return mu_; }

 private:
  double tau_;
  double eta_;
  double mu_;  ///< the largest surprise that is allowed now
};

}  // namespace hearth
