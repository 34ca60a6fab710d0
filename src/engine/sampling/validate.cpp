// The ranges of SamplingParams.
#include <cmath>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "hearth/error.h"
#include "hearth/sampling.h"

namespace hearth {
namespace {

[[noreturn]] void refuse(std::string_view name, const std::string& value, std::string_view range) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is {}; it must be {}", name, value, range));
}

void require(bool holds, std::string_view name, float value, std::string_view range) {
  if (!holds) refuse(name, fmt::format("{}", value), range);
}

void require(bool holds, std::string_view name, std::int32_t value, std::string_view range) {
  if (!holds) refuse(name, fmt::format("{}", value), range);
}

// Comparisons are written so that NaN fails each of them.
void require_share(std::string_view name, float value) {
  require(value >= 0.0F && value <= 1.0F, name, value, "in [0, 1]");
}
void require_positive_share(std::string_view name, float value) {
  require(value > 0.0F && value <= 1.0F, name, value, "in (0, 1]");
}
void require_at_least(std::string_view name, float value, float least) {
  require(std::isfinite(value) && value >= least, name, value, fmt::format("a number of at least {}", least));
}
void require_finite(std::string_view name, float value) {
  require(std::isfinite(value), name, value, "a finite number");
}
void require_window(std::string_view name, std::int32_t value) {
  require(value >= -1, name, value, "-1 (all tokens), 0 (off) or a number of tokens");
}

}  // namespace

void validate(const SamplingParams& params) {
  for (const auto& [id, bias] : params.logit_bias) {
    if (id < 0) refuse("a logit_bias token", fmt::format("{}", id), "the id of a token, from 0 on");
    if (!(bias < HUGE_VALF)) {
      refuse(fmt::format("logit_bias of token {}", id), fmt::format("{}", bias), "a finite number or -infinity");
    }
  }
  require_window("penalty_window", params.penalty_window);
  require(std::isfinite(params.repeat_penalty) && params.repeat_penalty > 0.0F, "repeat_penalty", params.repeat_penalty,
          "a number above 0");
  require_finite("presence_penalty", params.presence_penalty);
  require_finite("frequency_penalty", params.frequency_penalty);
  require_at_least("dry_multiplier", params.dry_multiplier, 0.0F);
  require_at_least("dry_base", params.dry_base, 1.0F);
  require(params.dry_allowed_length >= 1, "dry_allowed_length", params.dry_allowed_length, "at least 1");
  require_window("dry_window", params.dry_window);
  for (const std::string& breaker : params.dry_sequence_breakers) {
    if (breaker.empty()) refuse("a dry_sequence_breakers entry", "empty", "at least one byte long");
  }
  require(params.top_k >= 0, "top_k", params.top_k, "0 (off) or a number of tokens");
  require_positive_share("typical_p", params.typical_p);
  require_positive_share("top_p", params.top_p);
  require_share("min_p", params.min_p);
  require_share("xtc_probability", params.xtc_probability);
  require_share("xtc_threshold", params.xtc_threshold);
  require_at_least("temperature", params.temperature, 0.0F);
  require_at_least("mirostat_tau", params.mirostat_tau, 0.0F);
  require_share("mirostat_eta", params.mirostat_eta);
}

}  // namespace hearth
