// The tokens that may still be picked, with their logits and, when weighed, their unnormalised probabilities. Always in
// the order of their ids: each step removes some and none sorts, so that results never depend on how a sort treats
// equals.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "engine/sampling/random.h"
#include "hearth/sampling.h"

namespace hearth {

class Candidates {
 public:
  /// Every token of logits [n_vocab] that is neither NaN nor -infinity; +infinity counts as the largest finite number.
  void assign_all(std::span<const float> logits);
  /// Of those the k (> 0) with the largest logits; among equals at the border the lowest ids.
  void assign_top_k(std::span<const float> logits, std::size_t k);

  bool empty() const { return ids_.empty(); }
  std::size_t size() const { return ids_.size(); }
  TokenId id(std::size_t i) const { return ids_[i]; }
  float max_logit() const { return max_logit_; }
  /// How far candidate i lies below the likeliest, >= 0 and perhaps +infinity.
  float distance(std::size_t i) const { return std::fabs(max_logit_ - logits_[i]); }

  /// Sets weight(i) = exp(-distance(i) / temperature) and total(). REQUIRES: temperature > 0, not empty.
  void weigh(float temperature = 1.0F);
  float weight(std::size_t i) const { return weights_[i]; }
  std::span<const float> weights() const { return weights_; }
  double total() const { return total_; }

  /// Keeps candidate i where keep(i); weights go with their tokens, total() does not change. Keeping none empties it.
  template <typename Keep>
  void keep_if(Keep keep) {
    // Without a branch on keep(i), which nothing could predict. What keep() reads at i is not overwritten yet: kept <=
    // i.
    std::size_t kept = 0;
    const bool weighed = weights_.size() == ids_.size();
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const bool keeps = keep(i);
      ids_[kept] = ids_[i];
      logits_[kept] = logits_[i];
      if (weighed) weights_[kept] = weights_[i];
      kept += keeps ? 1 : 0;
    }
    resize(kept);
    update_max();
  }

  /// The index of one candidate, drawn by weight. REQUIRES: weighed, not empty.
  std::size_t draw(Random& random) const;
  /// Sums the weights again after candidates were removed.
  void update_total();

 private:
  void resize(std::size_t n);
  void update_max();

  std::vector<TokenId> ids_;
  std::vector<float> logits_;
  std::vector<float> weights_;
  std::vector<std::pair<float, TokenId>> selection_;  ///< scratch of assign_top_k
  float max_logit_ = 0.0F;
  double total_ = 0.0;
};

}  // namespace hearth
