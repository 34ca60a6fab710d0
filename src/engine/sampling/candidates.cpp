#include "engine/sampling/candidates.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/sampling/portable_math.h"
#include "engine/sampling/reduce.h"

namespace hearth {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLargest = std::numeric_limits<float>::max();
constexpr std::size_t kBlock = 64;  ///< logits looked at together: long enough for SIMD, short enough to skip often

/// False for NaN and -infinity.
bool usable(float logit) { return logit > -kInfinity; }

bool all_finite(std::span<const float> logits) {
  // x - x is 0 for finite x and NaN for the others, and NaN spreads through the sum.
  std::array<float, 8> lanes{};
  std::size_t i = 0;
  for (; i + lanes.size() <= logits.size(); i += lanes.size()) {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] += logits[i + lane] - logits[i + lane];
  }
  float sum = std::accumulate(lanes.begin(), lanes.end(), 0.0F);
  for (; i < logits.size(); ++i) sum += logits[i] - logits[i];
  return sum == 0.0F;
}

/// Largest logit first, lowest id first among equals: a total order, so every selection has exactly one result.
bool likelier(const std::pair<float, TokenId>& a, const std::pair<float, TokenId>& b) {
  return a.first != b.first ? a.first > b.first : a.second < b.second;
}

}  // namespace

void Candidates::resize(std::size_t n) {
  const bool weighed = weights_.size() == ids_.size();
  ids_.resize(n);
  logits_.resize(n);
  weights_.resize(weighed ? n : 0);
}

void Candidates::update_max() { max_logit_ = max_of(logits_); }

void Candidates::assign_all(std::span<const float> logits) {
  weights_.clear();
  if (all_finite(logits)) {
    logits_.assign(logits.begin(), logits.end());
    ids_.resize(logits.size());
    std::iota(ids_.begin(), ids_.end(), 0);
  } else {
    ids_.clear();
    logits_.clear();
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (!usable(logits[i])) continue;
      ids_.push_back(static_cast<TokenId>(i));
      logits_.push_back(std::min(logits[i], kLargest));
    }
  }
  update_max();
}

void Candidates::assign_top_k(std::span<const float> logits, std::size_t k) {
  assert(k > 0);
  // Scan once, holding on to everything above the k-th best of what was seen; cut back to k whenever the buffer is
  // full. Ids ascend, so a later logit that equals the k-th best loses to it: "above" is strict.
  k = std::min(k, logits.size());
  const std::size_t capacity = k + std::max<std::size_t>(k, 512);
  selection_.clear();
  float bound = -kInfinity;
  const auto cut = [&] {
    if (selection_.size() <= k) return;
    const auto kth = selection_.begin() + static_cast<std::ptrdiff_t>(k) - 1;
    std::nth_element(selection_.begin(), kth, selection_.end(), likelier);
    selection_.resize(k);
    bound = selection_.back().first;
  };
  for (std::size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const auto block = logits.subspan(begin, std::min(kBlock, logits.size() - begin));
    if (!(max_of(block) > bound)) continue;
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (block[i] > bound) selection_.emplace_back(block[i], static_cast<TokenId>(begin + i));
    }
    if (selection_.size() + kBlock > capacity) cut();
  }
  cut();
  std::sort(selection_.begin(), selection_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });

  weights_.clear();
  ids_.clear();
  logits_.clear();
  for (const auto& [logit, id] : selection_) {
    ids_.push_back(id);
    logits_.push_back(std::min(logit, kLargest));
  }
  update_max();
}

void Candidates::weigh(float temperature) {
  assert(temperature > 0.0F && !empty());
  weights_.resize(logits_.size());
  const float max_logit = max_logit_;
  const float* logits = logits_.data();
  float* weights = weights_.data();
  const std::size_t n = logits_.size();
  // Divided, not multiplied by 1 / temperature: that would be infinite for the smallest temperatures, and 0 · infinity
  // is NaN.
  for (std::size_t i = 0; i < n; ++i) weights[i] = exp_nonpositive((logits[i] - max_logit) / temperature);
  update_total();
}

void Candidates::update_total() { total_ = sum_of(weights_); }

std::size_t Candidates::draw(Random& random) const {
  assert(!empty() && weights_.size() == ids_.size());
  constexpr std::size_t kStride = 1024;
  double left = random.uniform() * total_;
  for (std::size_t begin = 0; begin < weights_.size(); begin += kStride) {
    const auto part = weights().subspan(begin, std::min(kStride, weights_.size() - begin));
    const double mass = sum_of(part);
    if (left >= mass) {
      left -= mass;
      continue;
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
      left -= static_cast<double>(part[i]);
      if (left < 0.0) return begin + i;
    }
  }
  // Rounding left a crumb: it belongs to the last one that has a weight at all.
  std::size_t last = weights_.size() - 1;
  while (last > 0 && weights_[last] <= 0.0F) --last;
  return last;
}

}  // namespace hearth
