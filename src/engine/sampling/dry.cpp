#include "engine/sampling/dry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <unordered_map>

#include "engine/sampling/finite.h"
#include "engine/sampling/portable_math.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

/// z[k] for k > 0: how many of the last tokens of `text` stand also k tokens before its end (the Z-function of the
/// reversed text; Gusfield 1997, linear time). z[0] is not set.
void suffix_matches(std::span<const TokenId> text, std::vector<std::uint32_t>& z) {
  const std::size_t n = text.size();
  const auto from_end = [&](std::size_t i) { return text[n - 1 - i]; };
  z.assign(n, 0);
  std::size_t left = 0;  // [left, right) is the match that reaches farthest so far
  std::size_t right = 0;
  for (std::size_t k = 1; k < n; ++k) {
    std::size_t length = k < right ? std::min<std::size_t>(right - k, z[k - left]) : 0;
    if (k + length >= right) {
      while (k + length < n && from_end(length) == from_end(k + length)) ++length;
      left = k;
      right = k + length;
    }
    z[k] = static_cast<std::uint32_t>(length);
  }
}

}  // namespace

DryPenalty::DryPenalty(const SamplingParams& params, const Tokenizer& tokenizer)
    : tokenizer_(tokenizer),
      active_(params.dry_multiplier > 0.0F && params.dry_window != 0),
      multiplier_(params.dry_multiplier),
      base_(params.dry_base),
      allowed_length_(static_cast<std::size_t>(std::max(params.dry_allowed_length, 1))),
      window_(params.dry_window < 0 ? 0 : static_cast<std::size_t>(params.dry_window)),
      breakers_(params.dry_sequence_breakers, "DRY sequence breaker") {}

std::string DryPenalty::bytes_of(TokenId id) const {
  // Some models have more logits than their tokenizer has tokens.
  return id < tokenizer_.vocab_size() ? tokenizer_.token_bytes(id) : std::string();
}

void DryPenalty::accept(TokenId id) {
  if (!active_) return;
  history_.push_back(id);
  ++after_breaker_;
  for (const char c : bytes_of(id)) {
    breaker_state_ = breakers_.step(breaker_state_, static_cast<unsigned char>(c));
    if (breakers_.matched(breaker_state_) > 0) after_breaker_ = 0;
  }
}

void DryPenalty::apply(std::span<float> logits) {
  if (!active_ || after_breaker_ < allowed_length_) return;
  const std::size_t n = window_ == 0 ? history_.size() : std::min(window_, history_.size());
  if (n <= allowed_length_) return;
  const auto recent = std::span<const TokenId>(history_).last(n);
  suffix_matches(recent, match_length_);

  std::unordered_map<TokenId, std::size_t> longest;
  for (std::size_t k = 1; k < n; ++k) {
    const std::size_t length = std::min<std::size_t>(match_length_[k], after_breaker_);
    if (length < allowed_length_) continue;
    std::size_t& best = longest[recent[n - k]];  // what came after the match
    best = std::max(best, length);
  }
  for (const auto& [id, length] : longest) {
    float& logit = logits[static_cast<std::size_t>(id)];
    if (!std::isfinite(logit) || breakers_.occurs_in(bytes_of(id))) continue;
    const double penalty =
        static_cast<double>(multiplier_) * integer_power(static_cast<double>(base_), length - allowed_length_);
    constexpr double kLargest = std::numeric_limits<float>::max();
    logit = to_finite(logit - static_cast<float>(std::min(penalty, kLargest)));
  }
}

}  // namespace hearth
