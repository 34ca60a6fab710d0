// How the next token is chosen from the logits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hearth/error.h"

namespace hearth {

using TokenId = std::int32_t;

/// The steps run in the order of the members: logit bias; repetition, presence and frequency penalties; DRY; top-k;
/// typical; top-p; min-p; XTC; temperature. With mirostat 2 only bias, penalties, DRY and temperature run before it.
/// Every step is off at the value in its comment. Temperature 0 is greedy: bias, penalties and DRY apply, then the
/// largest logit wins (the lowest id among equals).
struct SamplingParams {
  std::map<TokenId, float> logit_bias;  ///< added to the logit; -infinity forbids the token
  std::int32_t penalty_window = 64;     ///< last tokens (prompt included) that penalties look at; -1: all; 0: off
  float repeat_penalty = 1.0F;          ///< 1: off; logits > 0 are divided, others multiplied (Keskar et al. 2019)
  float presence_penalty = 0.0F;        ///< 0: off; subtracted once from a token that occurred
  float frequency_penalty = 0.0F;       ///< 0: off; subtracted for each time that it occurred
  float dry_multiplier = 0.0F;          ///< 0: off; penalty = multiplier · base^(match − allowed length)
  float dry_base = 1.75F;
  std::int32_t dry_allowed_length = 2;
  std::int32_t dry_window = -1;  ///< -1: all
  std::vector<std::string> dry_sequence_breakers = {"\n", ":", "\"", "*"};
  std::int32_t top_k = 40;            ///< 0: off
  float typical_p = 1.0F;             ///< 1: off (Meister et al. 2022)
  float top_p = 0.95F;                ///< 1: off
  float min_p = 0.05F;                ///< 0: off; relative to the likeliest token
  float xtc_probability = 0.0F;       ///< 0: off; chance to drop all but the least likely of those above the threshold
  float xtc_threshold = 0.1F;         ///< above 0.5 XTC can never act
  float temperature = 0.8F;           ///< 0: greedy
  bool mirostat = false;              ///< version 2 (Basu et al. 2021)
  float mirostat_tau = 5.0F;          ///< wanted surprise in bits
  float mirostat_eta = 0.1F;          ///< learning rate
  std::optional<std::uint64_t> seed;  ///< empty: a fresh one each time, reported in the result
};

/// Errors: kInvalidArgument naming the first value outside its range ("top_p is 1.2; it must be in (0, 1]").
void validate(const SamplingParams& params);

/// A member of SamplingParams, by its name, that only the model's own numbers show to be wrong.
class SamplingError : public Error {
 public:
  SamplingError(std::string member, std::string message, std::string hint)
      : Error(ErrorCode::kInvalidArgument, std::move(message), std::move(hint)), member_(std::move(member)) {}
  const std::string& member() const noexcept { return member_; }

 private:
  std::string member_;
};

}  // namespace hearth
