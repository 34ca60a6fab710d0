#include "engine/logprobs.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hearth {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

float usable(float logit) { return std::isnan(logit) ? kNone : logit; }

double log_sum_exp(std::span<const float> logits) {
  float most = kNone;
  for (const float logit : logits) most = std::max(most, usable(logit));
  if (std::isinf(most)) return most;
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{usable(logit)} - most);
  return most + std::log(sum);
}

}  // namespace

TokenLogprob token_logprob(std::span<const float> logits, TokenId id, std::int32_t n_top, std::int64_t n_tokens) {
  const double log_z = log_sum_exp(logits);
  const auto logprob = [&](float logit) {
    const double value = double{usable(logit)} - log_z;
    return std::isnan(value) ? kLeastLogprob : std::clamp(static_cast<float>(value), kLeastLogprob, 0.0F);
  };
  TokenLogprob result;
  result.id = id;
  result.logprob = logprob(logits[static_cast<std::size_t>(id)]);
  if (n_top <= 0) return result;

  const auto most = static_cast<std::size_t>(n_top);
  auto& top = result.top;  // ids with their logits, best first, until the end
  const auto better = [](const auto& a, const auto& b) { return a.second > b.second; };
  const std::size_t n = std::min(logits.size(), static_cast<std::size_t>(n_tokens));
  for (std::size_t i = 0; i < n; ++i) {
    const std::pair<TokenId, float> candidate = {static_cast<TokenId>(i), usable(logits[i])};
    if (top.size() == most && !better(candidate, top.back())) continue;
    if (top.size() == most) top.pop_back();
    top.insert(std::upper_bound(top.begin(), top.end(), candidate, better), candidate);
  }
  for (auto& [token, value] : top) value = logprob(value);
  return result;
}

}  // namespace hearth
