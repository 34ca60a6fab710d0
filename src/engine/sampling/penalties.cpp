#include "engine/sampling/penalties.h"

#include <cmath>

#include "engine/sampling/finite.h"

namespace hearth {

Penalties::Penalties(const SamplingParams& params)
    : active_(params.penalty_window != 0 &&
              (params.repeat_penalty != 1.0F || params.presence_penalty != 0.0F || params.frequency_penalty != 0.0F)),
      window_(params.penalty_window < 0 ? 0 : static_cast<std::size_t>(params.penalty_window)),
      repeat_(params.repeat_penalty),
      presence_(params.presence_penalty),
      frequency_(params.frequency_penalty) {}

void Penalties::accept(TokenId id) {
  if (!active_) return;
  ++occurrences_[id];
  if (window_ == 0) return;
  recent_.push_back(id);
  if (recent_.size() <= window_) return;
  const auto oldest = occurrences_.find(recent_.front());
  if (--oldest->second == 0) occurrences_.erase(oldest);
  recent_.pop_front();
}

void Penalties::apply(std::span<float> logits) const {
  for (const auto& [id, count] : occurrences_) {
    float& logit = logits[static_cast<std::size_t>(id)];
    if (!std::isfinite(logit)) continue;
    const float repeated = to_finite(logit > 0.0F ? logit / repeat_ : logit * repeat_);
    logit = to_finite(repeated - (static_cast<float>(count) * frequency_ + presence_));
  }
}

}  // namespace hearth
